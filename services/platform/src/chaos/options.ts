/** What can be said on the command line of a chaos run. */
import { Command, InvalidArgumentError } from 'commander';
import { parseCommand } from '../scenario/options.js';
import { FAULT_KINDS } from './faults/catalogue.js';

export interface ChaosOptions {
  readonly seed: number;
  readonly minutes: number;
  /** Commands per second. */
  readonly rate: number;
  /** Only these faults; absent: all that this machine can have. */
  readonly kinds?: readonly string[];
  readonly dataDir?: string;
  readonly keep: boolean;
}

const number = (least: number, most: number, whole: boolean) => (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most) || (whole && !Number.isInteger(value))) throw new InvalidArgumentError(`A ${whole ? 'whole ' : ''}number from ${least} to ${most} is expected.`);
  return value;
};

/** `none` is no fault at all. */
const kindsOf = (text: string): readonly string[] => {
  if (text === 'none') return [];
  const kinds = text.split(',').map((kind) => kind.trim());
  const unknown = kinds.find((kind) => !FAULT_KINDS.includes(kind));
  if (unknown !== undefined) throw new InvalidArgumentError(`There is no fault ${JSON.stringify(unknown)}. Known are: none, ${FAULT_KINDS.join(', ')}.`);
  return kinds;
};

/** @throws Usage */
export function parseChaosOptions(argv: readonly string[]): ChaosOptions {
  const program = new Command('npm run chaos --')
    .description('Runs the platform in its distributed shape under a steady load while things go wrong, then checks that nothing was lost, doubled or half done.')
    .option('--seed <n>', 'of everything random: commands, faults, samples', number(0, 2 ** 31 - 1, true), 1)
    .option('--minutes <m>', 'how long there are load and faults', number(0.1, 24 * 60, false), 1)
    .option('--rate <n>', 'commands per second', number(1, 1_000, true), 40)
    .option('--kinds <list>', `only these faults, with commas between, or none: ${FAULT_KINDS.join(', ')}`, kindsOf)
    .option('--data-dir <dir>', 'where the servers, the logs of the services and the history are (default: .pioche/chaos-<seed>-<pid>)')
    .option('--keep', 'keep that folder also when every check holds', false);
  return parseCommand<ChaosOptions>(program, argv);
}
