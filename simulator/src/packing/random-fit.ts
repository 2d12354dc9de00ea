import { Ledger } from './ledger.js';
import type { TraceNode } from './nodes.js';
import type { PodType } from './pods.js';
import { DROPPED, type Decision, type Policy } from './policy.js';
import { Random } from './random.js';

const CHOICES = 2;

/** Any node that fits, any GPUs that suffice. */
export class RandomFit implements Policy {
  private readonly ledger: Ledger;
  private readonly random: Random;

  constructor(nodes: readonly TraceNode[], private readonly types: readonly PodType[], seed: number) {
    this.ledger = new Ledger(nodes);
    this.random = new Random(seed, CHOICES);
  }

  place(_: number, number: number): Decision {
    const { ledger, random } = this;
    const type = this.types[number]!;
    const fitting = [...ledger.nodes.keys()].filter((node) => ledger.fits(node, type));
    const node = fitting[random.below(fitting.length || 1)];
    if (node === undefined) return DROPPED;
    const free = ledger.gpus[node]!;
    const gpus = random.shuffle([...free.keys()].filter((gpu) => free[gpu]! >= type.gpuMilli)).slice(0, type.gpus);
    ledger.take({ node, gpus }, type);
    return { spot: { node, gpus } };
  }
}
