/** What is kept for jobs that come before another: their reserved starts, the nodes that others leave for them, power. */
import type { WaitingJob } from './backlog.js';
import { inOrder } from './order.js';
import type { PowerKept } from './power.js';
import type { Reservation } from './reservation.js';
import type { EngineState } from './state.js';

/** A job that something is kept for. */
export interface Turn {
  readonly job: WaitingJob;
  readonly reservation?: Reservation | undefined;
  readonly power?: PowerKept | undefined;
  /** Others are making room for it: it comes before everybody else. */
  readonly promised: boolean;
}

/** In the order in which the last plan came to them. */
export function turnsOf(state: EngineState): Turn[] {
  const turns: Turn[] = [];
  const add = (id: string, what: Pick<Turn, 'reservation' | 'power'>): void => {
    const job = state.waiting.get(id);
    if (job) turns.push({ job, ...what, promised: state.promised.has(id) });
  };
  for (const reservation of state.reservations) add(reservation.job, { reservation });
  for (const power of state.powerKept) add(power.job, { power });
  return turns.sort((a, b) => Number(b.promised) - Number(a.promised) || (a.promised ? 0 : inOrder(a.job, b.job)));
}

export const isBefore = (turn: Turn, job: WaitingJob): boolean => turn.job !== job && (turn.promised || inOrder(turn.job, job) < 0);

/** The reserved starts of jobs that come before this one in the order. */
export const aheadOf = (state: EngineState, job: WaitingJob): Reservation[] =>
  turnsOf(state).flatMap((turn) => (turn.reservation && isBefore(turn, job) ? [turn.reservation] : []));
