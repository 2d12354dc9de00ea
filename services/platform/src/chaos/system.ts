/** The platform under test: five services as processes, each reaching PostgreSQL and Kafka through a proxy of its own. */
import type { ContextName } from '@pioche/contracts';
import type { Shape } from '../shape.js';

export interface System extends Shape {
  /** Of each context's database, directly: the checks are not cut off by faults. */
  readonly databaseUrl: Readonly<Record<ContextName, string>>;
  /** Kafka, directly. */
  readonly brokers: readonly string[];
  readonly topicPrefix: string;
  /** What the processes said, and what was done to them, goes here. */
  readonly dataDir: string;
}

/** One fault as it is planned: a seed always plans the same. */
export interface PlannedFault {
  /** Milliseconds from the beginning of the load. */
  readonly atMs: number;
  /** How long until it is healed, in milliseconds; 0 where there is nothing to heal but the restart. */
  readonly forMs: number;
  /** A key of the catalogue of faults. */
  readonly kind: string;
  readonly target: string;
}

/** What happened to the system, for the history. */
export interface FaultEvent {
  readonly at: string;
  readonly phase: 'begun' | 'healed' | 'failed';
  readonly fault: PlannedFault;
  readonly detail?: string;
}
