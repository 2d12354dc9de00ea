/** What a scheduler is told of a job. Its run time is not in it. */
export interface Ask {
  /** Its place in the order of arrival. */
  readonly id: number;
  readonly arrivalMs: number;
  readonly limitMs: number;
  readonly nodes: number;
  readonly gpusPerNode: number;
}

/** GPUs of a node, by number. */
export interface Share {
  readonly node: number;
  readonly gpus: readonly number[];
}

export interface Start {
  readonly id: number;
  readonly shares: readonly Share[];
}

export interface Decided {
  readonly starts: readonly Start[];
  /** Jobs that go on with other nodes. */
  readonly moves: readonly Start[];
  /** Jobs that have to stop now and wait again. */
  readonly stops: readonly number[];
  /** To be asked again then, though nothing happens. */
  readonly wakeAtMs?: number | undefined;
}

/** A scheduler as the simulator sees it: it is told what happens, and asked what to do. */
export interface Policy {
  submitted(ask: Ask): void;
  finished(id: number, nowMs: number): void;
  /** A job was stopped and waits again. */
  requeued(id: number): void;
  /** The node is gone; what it ran is requeued unless the policy moves it. */
  failed(node: number, nowMs: number): void;
  repaired(node: number): void;
  plan(nowMs: number): Decided;
}
