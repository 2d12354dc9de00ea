/** `packing`: pods arrive, nobody departs; how full can the cluster get? The protocol of the FGD experiment. */
import { InvalidArgumentError, Option } from 'commander';
import { InputError, type Mode } from '../mode.js';
import { arrivals } from './arrivals.js';
import { BestFit } from './best-fit.js';
import { Fgd } from './fgd.js';
import { byName, capacityOf, readNodes, type TraceNode } from './nodes.js';
import { readPods, type Pods } from './pods.js';
import type { Policy } from './policy.js';
import { Pioche } from './pioche.js';
import { RandomFit } from './random-fit.js';
import { Random } from './random.js';
import { replay } from './replay.js';

interface Options {
  readonly nodes: string;
  readonly pods: string;
  readonly policy: 'random' | 'best-fit' | 'fgd' | 'pioche';
  readonly seed: number;
  readonly until: number;
  readonly migrationsPer100: number;
  readonly distribution: 'known' | 'learnt';
  readonly shuffleNames: boolean;
}

const number = (min: number, max: number, whole: boolean) => (text: string): number => {
  const value = Number(text);
  if (text.trim() !== '' && value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
  throw new InvalidArgumentError(`A ${whole ? 'whole ' : ''}number from ${min} to ${max} is expected.`);
};

const NAMES = 3;

/** The same nodes under each other's names. */
export function renamed(nodes: readonly TraceNode[], seed: number): TraceNode[] {
  const names = new Random(seed, NAMES).shuffle(nodes.map(({ name }) => name));
  return byName(nodes.map((node, i) => ({ ...node, name: names[i]! })));
}

export function policyOf({ policy, seed, distribution, migrationsPer100 }: Pick<Options, 'policy' | 'seed' | 'distribution' | 'migrationsPer100'>, nodes: readonly TraceNode[], pods: Pods): () => Policy {
  if (policy !== 'pioche' && migrationsPer100 > 0) throw new InputError(`--migrations-per-100: '${policy}' moves nothing; allowed: 0, or --policy pioche`);
  if (policy === 'fgd' && distribution === 'learnt') throw new InputError("--distribution: 'fgd' knows the file's counts, as published; allowed: known");
  const made = {
    random: () => new RandomFit(nodes, pods.types, seed),
    'best-fit': () => new BestFit(nodes, pods.types),
    fgd: () => new Fgd(nodes, pods.types, pods),
    pioche: () => new Pioche(nodes, pods.types, distribution === 'known' ? pods : undefined, migrationsPer100),
  } satisfies Record<Options['policy'], () => Policy>;
  return made[policy];
}

export const packing: Mode = (program, finish, progress) => {
  program
    .command('packing')
    .description('Pods arrive until demand exceeds the cluster; nobody departs.')
    .requiredOption('--nodes <file>', 'openb list of nodes')
    .requiredOption('--pods <file>', 'openb list of pods')
    .addOption(new Option('--policy <policy>', 'who places').choices(['random', 'best-fit', 'fgd', 'pioche']).makeOptionMandatory())
    .option('--seed <n>', 'of the order of arrivals', number(0, 2 ** 32 - 1, true), 1)
    .option('--until <per cent>', 'of the GPU capacity that arrives', number(1, 1000, false), 130)
    .option('--migrations-per-100 <n>', 'pods that may be moved for 100 placements', number(0, 100, false), 0)
    .addOption(new Option('--distribution <distribution>', 'of the types of pods: the counts of the file, or learnt from arrivals').choices(['known', 'learnt']).default('known'))
    .option('--shuffle-names', 'nodes get each other’s names', false)
    .action((options: Options) => {
      const inOrder = readNodes(options.nodes);
      const pods = readPods(options.pods);
      const capacity = capacityOf(inOrder);
      if (capacity === 0) throw new InputError(`${options.nodes}: no node has a GPU`);
      if (!pods.types.some(({ gpus }) => gpus > 0)) throw new InputError(`${options.pods}: no pod asks for a GPU`);
      const nodes = options.shuffleNames ? renamed(inOrder, options.seed) : inOrder;
      const make = policyOf(options, nodes, pods);
      const { until, policy, seed, distribution, migrationsPer100 } = options;
      const outcome = replay({ nodes, pods, sequence: arrivals(pods, capacity, seed, until), until, migrationsPer100 }, make, progress);
      finish({ mode: 'packing', policy, seed, distribution, ...outcome });
    });
};
