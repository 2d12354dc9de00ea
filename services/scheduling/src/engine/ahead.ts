import { inOrder, type WaitingJob } from './backlog.js';
import type { Reservation } from './reservation.js';
import type { EngineState } from './state.js';

/** The reserved starts of jobs that come before this one in the order. */
export const aheadOf = (state: EngineState, job: WaitingJob): Reservation[] =>
  state.reservations.filter((each) => {
    const holder = state.waiting.get(each.job);
    return holder !== undefined && holder !== job && inOrder(holder, job) < 0;
  });
