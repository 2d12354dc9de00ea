/** Placements by value beside fragmentation gradient descent, on the openb lists in $OPENB. One JSON line per figure. */
import { join } from 'node:path';
import { arrivals, capacityOf, policyOf, readNodes, readPods, replay } from '@pioche/simulator/packing';
import { median, report } from './report.js';

const ROUNDS = 7;
const folder = process.env['OPENB'];
if (folder === undefined) {
  process.stderr.write('packing: not measured; OPENB names the folder with openb_node_list_gpu_node.csv and openb_pod_list_default.csv\n');
  process.exit(0);
}

const nodes = readNodes(join(folder, 'openb_node_list_gpu_node.csv'));
const pods = readPods(join(folder, 'openb_pod_list_default.csv'));

/** All arrivals up to the capacity. @returns decisions per second, preparation included, and the per cent allocated */
function run(policy: 'fgd' | 'pioche', distribution: 'known' | 'learnt', seed: number): { speed: number; allocated: number } {
  const sequence = arrivals(pods, capacityOf(nodes), seed, 100.2);
  const { decisions_per_second: speed, curve } = replay({ nodes, pods, sequence, until: 100.2, migrationsPer100: 0 }, policyOf({ policy, seed, distribution, migrationsPer100: 0 }, nodes, pods), () => undefined);
  return { speed, allocated: curve[99]!.allocated_pct };
}

/** FGD, ours, FGD, ours …: what else the machine does meets both alike. The first round warms up. */
for (const distribution of ['known', 'learnt'] as const) {
  const rounds = Array.from({ length: ROUNDS }, (_, i) => ({ fgd: run('fgd', 'known', i + 1), ours: run('pioche', distribution, i + 1) })).slice(1);
  const mean = (of: (round: (typeof rounds)[number]) => number): number => Math.round((rounds.reduce((sum, round) => sum + of(round), 0) / rounds.length) * 1000) / 1000;
  report({
    bench: `packing: submit, plan and place on 1,213 nodes, distribution ${distribution}`, unit: 'decisions/s', reference: 'fragmentation gradient descent',
    value: median(rounds.map(({ ours }) => ours.speed)), reference_value: median(rounds.map(({ fgd }) => fgd.speed)),
    allocated_pct: mean(({ ours }) => ours.allocated), reference_allocated_pct: mean(({ fgd }) => fgd.allocated),
  });
}
