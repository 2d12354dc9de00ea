/**
 * Who may take whose place. A job ranks by (inside its tenant's guaranteed quota or borrowing, queue's priority, its own
 * priority), in this order, and only a job of strictly higher rank takes another's place. So each preemption raises what
 * runs in a well-founded order, and a chain of preemptions ends: nobody is preempted by whom it has preempted.
 */
import type { JobClass, WaitingJob } from '../backlog.js';
import type { RunningJob } from '../running.js';
import type { EngineState } from '../state.js';

const DEFAULT_MIN_RUN_S = 600;
const DEFAULT_GRACE_S = 120;

export type PreemptionReason = 'priority' | 'guaranteed-quota';

/** Positive: the first is of higher priority. */
export const byPriority = (a: WaitingJob, b: WaitingJob): number => (a.queue?.priority ?? 0) - (b.queue?.priority ?? 0) || a.ask.priority - b.ask.priority;

/** Milliseconds that the job has to save its progress. */
export const graceOf = ({ queue }: WaitingJob): number => (queue?.graceS ?? DEFAULT_GRACE_S) * 1000;

/** Milli-GPUs that the tenant holds beyond what it is guaranteed. What has been asked to leave is held no longer. */
export function borrowedBy({ tenants }: EngineState, tenant: string): number {
  const { inUse, leaving, guaranteed } = tenants.of(tenant);
  return inUse - leaving - guaranteed;
}

/** Whether the tenant's guaranteed quota has room for one more of the class, beside those for which others make room. */
export function isGuaranteed(state: EngineState, { tenant, milli }: JobClass): boolean {
  let promised = 0;
  for (const id of state.promised.keys()) {
    const job = state.waiting.get(id);
    if (job?.cls.tenant === tenant) promised += job.cls.milli;
  }
  return tenant.inUse + promised + milli <= tenant.guaranteed;
}

/** A job that wants room, as far as its rights go. */
export interface Claimant {
  readonly job: WaitingJob;
  /** Its tenant is inside its guaranteed quota, with it. */
  readonly guaranteed: boolean;
}

/**
 * By what right the claimant takes the place of a job that runs.
 * @param freed milli-GPUs of the victim's tenant that are coming free already
 * @returns undefined: by none
 */
export function rightOver(state: EngineState, { job, guaranteed }: Claimant, victim: RunningJob, freed: number, nowMs: number): PreemptionReason | undefined {
  const { ask, queue } = victim.job;
  if (ask.preemptible === false || victim.leaving || victim.evicted) return undefined;
  // What starts in this very plan is not stopped in it.
  if (nowMs <= victim.startedMs || nowMs - victim.startedMs < (queue?.minRunS ?? DEFAULT_MIN_RUN_S) * 1000) return undefined;
  const higher = byPriority(job, victim.job) > 0;
  if (ask.tenant === job.ask.tenant) return higher ? 'priority' : undefined;
  const borrowed = borrowedBy(state, ask.tenant) - freed > 0;
  if (guaranteed && borrowed) return 'guaranteed-quota';
  return higher && (guaranteed || borrowed) ? 'priority' : undefined;
}
