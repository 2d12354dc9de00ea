import type { EngineState } from './state.js';

const MINUTE_MS = 60_000;

/** What every plan looks at, the backlog's length, and what is looked at once a minute: shares, ages, deadlines, quotas. */
export function reviewAt(state: EngineState, nowMs: number): void {
  state.load.observe(state.backlog.work, state.cluster.capacity);
  const minute = Math.floor(nowMs / MINUTE_MS);
  if (minute === state.agedMinute) return;
  state.tenants.share(state.agedMinute < 0 ? 0 : Math.max(0, minute - state.agedMinute));
  state.agedMinute = minute;
  state.backlog.review(nowMs);
}
