/** Who handles events, where they come from, and what can be asked of a consumption that runs. */
import type { ContextName } from '@pioche/contracts';
import type pg from 'pg';
import type { Delivery } from './delivery.js';

export interface EventHandler {
  /** Key of its checkpoints, its lock and its Kafka group: unique in a service. */
  readonly name: string;
  readonly sources: readonly ContextName[];
  /** Event names it acts on; the others only move the checkpoint. Absent: all. */
  readonly wants?: ReadonlySet<string>;
  /**
   * Runs in the transaction that stores the checkpoint: what it writes with `tx` happens exactly once.
   * Batches of one handler never run at the same time, in whichever process or from whichever source.
   * What it throws is tried again, then parked; see README.
   */
  handle(batch: readonly Delivery[], tx: pg.PoolClient): Promise<void>;
}

/**
 * `starting`: not caught up with where its checkpoint is; `running`; `stalled`: events wait, or the broker is silent,
 * and nothing moves; `failed`: that has lasted too long, or it crashed for good: the process should end.
 */
export type ConsumptionStatus = 'starting' | 'running' | 'stalled' | 'failed';

export interface Consumption {
  readonly status: ConsumptionStatus;
  /** Why it is `stalled` or `failed`, as far as known. */
  readonly problem: string | undefined;
  /** Events known to wait for this handler here. */
  lag(): number;
  /** Position of the context's log up to which this instance knows the handler to be; the lowest of its partitions. */
  position(source: ContextName): number;
  /** Calls back after each batch that was stored. @returns a function that ends it */
  onProgress(listener: (source: ContextName, position: number) => void): () => void;
  /** Lets the batch at work end, then stops. */
  close(): Promise<void>;
}

export interface ConsumeOptions {
  /** Events per transaction at most. Default 2,000. */
  readonly batchSize?: number;
}

export interface EventSource {
  consume(handler: EventHandler, options?: ConsumeOptions): Promise<Consumption>;
}

export const DEFAULT_BATCH = 2_000;
