/** Replays decisions with books of its own and believes nobody. */
import type { TraceNode } from './nodes.js';
import type { PodType } from './pods.js';
import type { Decision, Spot } from './policy.js';

/** A decision that breaks a rule of the experiment: a bug, never an input. */
export class BrokenRule extends Error {
  override readonly name = 'BrokenRule';
}

interface Books {
  cpu: number;
  memory: number;
  readonly gpus: number[];
  readonly model: string;
}

export class Checker {
  private readonly books: Books[];
  private readonly where = new Map<number, { readonly type: PodType; readonly spot: Spot }>();
  /** Moves that may still be made: they accrue with placements and are not borrowed. */
  private tokens = 0;

  /** @param perPlacement moves that each placement earns */
  constructor(nodes: readonly TraceNode[], private readonly perPlacement: number) {
    this.books = nodes.map(({ cpuMilli, memoryMib, gpus, model }) => ({ cpu: cpuMilli, memory: memoryMib, gpus: Array.from({ length: gpus }, () => 1000), model }));
  }

  /** @throws BrokenRule */
  check(pod: number, type: PodType, { spot, moves = [] }: Decision): void {
    for (const move of moves) {
      this.tokens -= 1;
      if (this.tokens < -1e-9) throw new BrokenRule(`pod ${pod}: pod ${move.pod} is moved without a token`);
      const held = this.where.get(move.pod);
      if (!held) throw new BrokenRule(`pod ${pod}: pod ${move.pod} is moved and holds nothing`);
      this.post(held.type, held.spot, 1);
      this.put(move.pod, held.type, move.spot);
    }
    if (spot) {
      this.put(pod, type, spot);
      this.tokens += this.perPlacement;
    } else {
      const node = this.books.findIndex((books) => this.room(books, type) >= Math.max(1, type.gpus));
      if (node >= 0) throw new BrokenRule(`pod ${pod} is dropped and fits on node ${node}`);
    }
  }

  private put(pod: number, type: PodType, spot: Spot): void {
    const books = this.books[spot.node];
    if (!books) throw new BrokenRule(`pod ${pod}: there is no node ${spot.node}`);
    if (spot.gpus.length !== type.gpus || new Set(spot.gpus).size !== type.gpus) throw new BrokenRule(`pod ${pod}: ${type.gpus} GPUs asked, ${spot.gpus.join()} given`);
    if (type.models.length > 0 && !type.models.includes(books.model)) throw new BrokenRule(`pod ${pod}: ${books.model} is none of ${type.models.join('|')}`);
    this.post(type, spot, -1);
    if (books.cpu < 0 || books.memory < 0) throw new BrokenRule(`pod ${pod}: node ${spot.node} has ${books.cpu} milli-cores and ${books.memory} MiB left`);
    for (const gpu of spot.gpus) if (!(books.gpus[gpu]! >= 0)) throw new BrokenRule(`pod ${pod}: GPU ${gpu} of node ${spot.node} has ${books.gpus[gpu]} milli left`);
    this.where.set(pod, { type, spot });
  }

  private post(type: PodType, { node, gpus }: Spot, sign: number): void {
    const books = this.books[node]!;
    books.cpu += sign * type.cpuMilli;
    books.memory += sign * type.memoryMib;
    for (const gpu of gpus) books.gpus[gpu]! += sign * type.gpuMilli;
  }

  /** GPUs that would do; for a pod without GPUs 1 when the node would. */
  private room({ cpu, memory, gpus, model }: Books, type: PodType): number {
    if (cpu < type.cpuMilli || memory < type.memoryMib || (type.models.length > 0 && !type.models.includes(model))) return 0;
    return type.gpus === 0 ? 1 : gpus.filter((free) => free >= type.gpuMilli).length;
  }
}
