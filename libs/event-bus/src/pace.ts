/**
 * A process that has time answers each event at once; one that has none saves it: its consumers rest, so that more
 * events share a transaction. What that costs in latency a saturated process has lost already.
 */
import { performance, type EventLoopUtilization } from 'node:perf_hooks';
import { pause } from './pause.js';

/** Share of the time in which the event loop worked, above which the process is saturated. */
const SATURATED = 0.8;
/** How often it is looked at, and how long a saturated consumer rests, in milliseconds. */
const LOOK_MS = 200;

let saturated = false;
let watching: NodeJS.Timeout | undefined;

function watch(): NodeJS.Timeout {
  let before: EventLoopUtilization = performance.eventLoopUtilization();
  return setInterval(() => {
    const now = performance.eventLoopUtilization();
    saturated = performance.eventLoopUtilization(now, before).utilization > SATURATED;
    before = now;
  }, LOOK_MS).unref();
}

/** After a batch of `events`, of which `full` is the most: waits a moment where the process is saturated. */
export async function rest(events: number, full: number, signal: AbortSignal): Promise<void> {
  watching ??= watch();
  if (saturated && events < full) await pause(LOOK_MS, signal);
}
