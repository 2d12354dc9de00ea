import { Fragments } from './fragments.js';
import type { Ledger } from './ledger.js';
import type { Pods } from './pods.js';

/** How full the cluster is when so much demand has arrived; all in per cent of its GPU capacity. */
export interface Point {
  readonly arrived_pct: number;
  readonly allocated_pct: number;
  /** Free GPU milli that a pod like those of the file could not use, in the mean over them. */
  readonly fragmented_pct: number;
}

const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;

/** A point at every whole per cent: what holds after the last pod with which no more than that has arrived. */
export class Curve {
  readonly points: Point[] = [];
  private readonly fragments: Fragments;
  private readonly version: Int32Array;
  private readonly perNode: Float64Array;
  private arrived = 0;
  private allocated = 0;

  /** @param until the last point, per cent */
  constructor(private readonly ledger: Ledger, pods: Pods, private readonly capacity: number, private readonly until: number) {
    this.fragments = new Fragments(pods);
    this.version = new Int32Array(ledger.nodes.length).fill(-1);
    this.perNode = new Float64Array(ledger.nodes.length);
  }

  /** A pod of so many milli-GPUs is about to arrive. */
  before(milli: number): void {
    this.arrived += milli;
    while (this.points.length < this.until && ((this.points.length + 1) * this.capacity) / 100 < this.arrived) this.add();
  }

  placed(milli: number): void {
    this.allocated += milli;
  }

  /** Nothing arrives any more. */
  end(): void {
    while (this.points.length < this.until) this.add();
  }

  private add(): void {
    const { ledger } = this;
    let fragmented = 0;
    for (let node = 0; node < this.perNode.length; node++) {
      if (this.version[node] !== ledger.version[node]) {
        this.perNode[node] = this.fragments.of(ledger.cpu[node]!, ledger.gpus[node]!, ledger.nodes[node]!.model);
        this.version[node] = ledger.version[node]!;
      }
      fragmented += this.perNode[node]!;
    }
    this.points.push({ arrived_pct: this.points.length + 1, allocated_pct: rounded((this.allocated * 100) / this.capacity), fragmented_pct: rounded((fragmented * 100) / this.capacity) });
  }
}
