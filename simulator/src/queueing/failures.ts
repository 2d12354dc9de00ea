import type { Random } from '../packing/random.js';

/** 419 unexpected interruptions in 54 days on 16,384 GPUs ("The Llama 3 Herd of Models", 2024, section 3.3.4). */
const PER_GPU_MS = 419 / (16_384 * 54 * 86_400_000);
/** A node is back after so long: restarted, looked at, and put in service again. */
const REPAIR_MS = 4 * 3_600_000;

/** Nodes that fail: when, which, and when they are back. Independent of what runs. */
export class Failures {
  /** The next one; infinite without failures. */
  nextMs = Infinity;
  private readonly meanMs: number;

  constructor(
    private readonly random: Random,
    private readonly nodes: number,
    gpus: number,
    on: boolean,
  ) {
    this.meanMs = on ? 1 / (PER_GPU_MS * gpus) : Infinity;
    if (on) this.draw(0);
  }

  /** The node that fails at `nextMs`, and when it is back. */
  take(): { readonly node: number; readonly backMs: number } {
    const failure = { node: this.random.below(this.nodes), backMs: this.nextMs + REPAIR_MS };
    this.draw(this.nextMs);
    return failure;
  }

  /** The time between failures is exponential. */
  private draw(nowMs: number): void {
    this.nextMs = nowMs + Math.max(1, Math.round(-Math.log((this.random.below(2 ** 31) + 1) / 2 ** 31) * this.meanMs));
  }
}
