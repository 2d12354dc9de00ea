/**
 * The order in which jobs are served, rule by rule: the queue's priority; the job's; what would else miss its deadline;
 * what has waited far too long, first come first; within the tenant's guaranteed quota before borrowing; small before
 * old before all others; the old among themselves first come first, others by the key; first submitted.
 *
 * Nobody starves. Let limits be L at most and a job arrive at `a`. It is overdue from a + 1.8·A on (A: `Load.oldAfterMs`,
 * of the longest backlog by then), and stays so. From then on nothing comes before it but the finitely many overdue jobs
 * that had arrived before it. The first in the order has a reserved start, which nothing later delays, when all that
 * runs has ended at the latest: L later. When it has started the next one is first. So with n jobs before it, it starts by
 *
 *     a + 1.8·A + (n + 1)·L
 *
 * Priorities and deadlines are privileges: a stream of jobs that have them can hold up those that do not.
 */
import type { Rank } from './sizes.js';
import type { JobAsk, QueueSpec } from './types.js';
import { WHOLE } from './units.js';

/** Jobs of at least so many GPUs are served as if they had come earlier: an hour, and a quarter of the backlog. */
const GANG_GPUS = 16;
const GANG_HEAD_START_MS = 3_600_000;
const GANG_HEAD_START_SHARE = 0.25;
/** A longer limit is served later: a tenth of it is added to the arrival. */
const LIMIT_WEIGHT = 0.1;
/** A larger job is served later: up to twice the backlog, by the square of the share of jobs that are smaller. */
const SIZE_WEIGHT = 2;
/** Small: smaller than the largest tenth of the jobs, and with all that are smaller no more than so much of the work. */
const SMALL_JOBS = 0.9;
const SMALL_WORK = 0.15;
/** A job whose deadline leaves it less than this to wait goes first. */
const URGENT_MARGIN_MS = 1_800_000;

/** Where a job stands. */
export interface Standing {
  readonly ask: JobAsk;
  /** Order of first submission: the last tie. */
  readonly seq: number;
  /** Undefined while the queue is unknown: then it is not served. */
  readonly queue: QueueSpec | undefined;
  readonly urgent: boolean;
  /** It has waited for long: it goes before younger ones, and has a reserved start. */
  readonly old: boolean;
  /** It has waited for so long that nothing younger goes before it. */
  readonly overdue: boolean;
  readonly small: boolean;
  readonly borrows: boolean;
  readonly key: number;
}

export const levelOf = ({ overdue, small, old }: Pick<Standing, 'overdue' | 'small' | 'old'>): number => (overdue ? 3 : small ? 2 : old ? 1 : 0);

/** Whether nothing but borrowing and what is told by that comes to tell which is first. */
export const sameRank = (a: Standing, b: Standing): boolean => byRank(a, b) === 0;

export const inOrder = (a: Standing, b: Standing): number => byRank(a, b) || Number(a.borrows) - Number(b.borrows) || inRank(a, b) || a.seq - b.seq;

const byRank = (a: Standing, b: Standing): number =>
  (b.queue?.priority ?? 0) - (a.queue?.priority ?? 0) || b.ask.priority - a.ask.priority || Number(b.urgent) - Number(a.urgent) || Number(b.overdue) - Number(a.overdue);

/** By level; then by arrival where waiting long has brought them there, else by the key. */
export const inRank = (a: Pick<Standing, 'ask' | 'overdue' | 'small' | 'old' | 'key'>, b: Pick<Standing, 'ask' | 'overdue' | 'small' | 'old' | 'key'>): number => {
  const level = levelOf(a);
  return levelOf(b) - level || (level % 2 === 1 ? a.ask.arrivedMs - b.ask.arrivedMs : 0) || a.key - b.key;
};

export const milliOf = (ask: JobAsk): number => ask.nodes * ask.gpusPerNode * ask.gpuMilli;

/** Without its tenant's shift. @param backlogMs the longest so far (`Load.horizonMs`) */
export function keyOf(ask: JobAsk, limitMs: number, { jobs }: Rank, backlogMs: number): number {
  const headStart = milliOf(ask) >= GANG_GPUS * WHOLE ? GANG_HEAD_START_MS + GANG_HEAD_START_SHARE * backlogMs : 0;
  return ask.arrivedMs + SIZE_WEIGHT * backlogMs * jobs * jobs + LIMIT_WEIGHT * limitMs - headStart;
}

export const isSmall = ({ jobs, work }: Rank): boolean => jobs < SMALL_JOBS && work < SMALL_WORK;

/** Whether it has to start soon to end by its deadline, and may still. */
export const isUrgent = ({ deadlineMs }: JobAsk, limitMs: number, nowMs: number): boolean =>
  deadlineMs !== undefined && nowMs < deadlineMs && deadlineMs - nowMs - limitMs < URGENT_MARGIN_MS;
