/** What every command on a submitted job needs: its state, its open allocation, and how that one ends. */
import { refuse } from '@pioche/kernel';
import type { AllocationEnd, JobEvent } from '@pioche/contracts';
import { JOB_LIFE, type Job, type OpenAllocation } from './job.js';

export type KnownJob = Exclude<Job, { status: 'unknown' }>;

/** @throws Refusal `unknown` */
export const known = (state: Job, id: string): KnownJob => (state.status === 'unknown' ? refuse('unknown', { id }) : state);

/**
 * The allocation that a report is about. Reports come again, so callers ask `hasEnded` first.
 * @throws Refusal `allocation-closed` when the job does not hold it (any more)
 */
export const openAllocation = (state: KnownJob, allocation: string): OpenAllocation =>
  state.open?.allocation === allocation
    ? state.open
    : refuse('allocation-closed', { allocation, status: state.status, allowed: Object.keys(JOB_LIFE[state.status]) });

/** Whether the allocation has ended in this very way already. */
export const hasEnded = (state: KnownJob, allocation: string, reason: AllocationEnd): boolean =>
  state.closed?.allocation === allocation && state.closed.reason === reason;

/** The events of an allocation's end: none when the job holds no GPU. */
export function closing(state: KnownJob, reason: AllocationEnd): JobEvent[] {
  if (state.open === undefined) return [];
  const { site: _, placements: __, ...metered } = state.open;
  return [{ type: 'AllocationClosed', data: { ...metered, reason } }];
}

