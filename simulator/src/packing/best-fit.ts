import { Ledger } from './ledger.js';
import type { TraceNode } from './nodes.js';
import type { PodType } from './pods.js';
import { DROPPED, type Decision, type Policy } from './policy.js';

/** The largest node of the published experiment. */
const LARGEST_CPU = 128_000;
const LARGEST_GPUS = 8_000;

/**
 * The node with the least left of CPU and GPUs, half and half, as in the published experiment: a whole score of 0 to
 * 100, stretched over the scores of the nodes that fit. Ties: the smallest name.
 */
export class BestFit implements Policy {
  private readonly ledger: Ledger;

  constructor(nodes: readonly TraceNode[], private readonly types: readonly PodType[]) {
    this.ledger = new Ledger(nodes);
  }

  place(_: number, number: number): Decision {
    const { ledger } = this;
    const type = this.types[number]!;
    let [best, highest] = [-1, -Infinity];
    for (let node = 0; node < ledger.nodes.length; node++) {
      if (!ledger.fits(node, type)) continue;
      const gpuLeft = ledger.gpus[node]!.reduce((sum, free) => sum + free, 0) - type.gpus * type.gpuMilli;
      const score = Math.trunc((1 - 0.5 * ((ledger.cpu[node]! - type.cpuMilli) / LARGEST_CPU) - 0.5 * (gpuLeft / LARGEST_GPUS)) * 100);
      if (score > highest) [best, highest] = [node, score];
    }
    if (best < 0) return DROPPED;
    const spot = { node: best, gpus: ledger.leastSufficient(best, type) };
    ledger.take(spot, type);
    return { spot };
  }
}
