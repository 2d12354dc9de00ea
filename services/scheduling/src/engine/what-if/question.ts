import type { JobAsk, Placement, PowerCap, Preemption, QuotaSpec, Repair, Eviction } from '../types.js';
import type { Reason } from '../reasons.js';

/** What is supposed, for the sake of the question. */
export type Question =
  /** This job were submitted now. */
  | { readonly kind: 'job'; readonly ask: JobAsk }
  /** These nodes were drained until the deadline; absent: at once. */
  | { readonly kind: 'drain'; readonly nodes: readonly string[]; readonly deadlineMs?: number | undefined }
  | { readonly kind: 'quota'; readonly tenant: string; readonly quota: QuotaSpec }
  /** `cap` absent: there were none. */
  | { readonly kind: 'power-cap'; readonly site: string; readonly cap?: PowerCap | undefined }
  /** This job that waits had another priority. */
  | { readonly kind: 'priority'; readonly job: string; readonly priority: number };

/** The job that the question is about. */
export interface JobOutlook {
  readonly job: string;
  /** Absent: it would not start now. */
  readonly starts?: Placement | undefined;
  /** Empty when it would. */
  readonly reasons: readonly Reason[];
  /** Absent when it could not start as things would be. */
  readonly estimatedStartMs?: number | undefined;
}

/** Another job whose estimated start would be another one. Absent: it could not start, or does not wait. */
export interface Moved {
  readonly job: string;
  readonly tenant: string;
  readonly beforeMs?: number | undefined;
  readonly afterMs?: number | undefined;
}

export interface Answer {
  readonly job?: JobOutlook | undefined;
  /** Of others, that start now and would not have. */
  readonly starts: readonly Placement[];
  /** Whose start moves by a second or more, in the order of the queue as it would be. */
  readonly moved: readonly Moved[];
  readonly earlier: number;
  readonly later: number;
  /** What would be decided now beside placements, and is not decided anyway. */
  readonly preemptions: readonly Preemption[];
  readonly repairs: readonly Repair[];
  readonly evictions: readonly Eviction[];
  /** Jobs that run on the drained nodes past the deadline, if it is still to come: each is asked to save its progress before it. */
  readonly leaving: readonly { readonly job: string; readonly tenant: string; readonly byMs: number }[];
}
