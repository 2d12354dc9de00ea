/**
 * How consumers share a process. One that has time answers each event at once; one that has none saves it: its consumers
 * rest, so that more events share a transaction. Who has much to catch up does not rest, works in slices, and gives the
 * others their turn between two of them; what it keeps the process busy with is no reason for others to rest.
 */
import { performance, type EventLoopUtilization } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { pause } from './pause.js';

/** Share of the time in which the event loop worked, above which the process is saturated. */
const SATURATED = 0.8;
/** How often it is looked at, and how long a saturated consumer rests, in milliseconds. */
const LOOK_MS = 200;
/** For so long after a batch that left events behind, somebody here is catching up. */
const CATCHING_UP_MS = 1_000;
/** Milliseconds of work after which others get their turn. */
const SLICE_MS = 4;

let saturated = false;
let leftBehindAt = Number.NEGATIVE_INFINITY;
let watching: NodeJS.Timeout | undefined;

function watch(): NodeJS.Timeout {
  let before: EventLoopUtilization = performance.eventLoopUtilization();
  return setInterval(() => {
    const now = performance.eventLoopUtilization();
    saturated = performance.eventLoopUtilization(now, before).utilization > SATURATED;
    before = now;
  }, LOOK_MS).unref();
}

/**
 * After a batch: waits a moment where the process is saturated, else for as long as the batch took. A batch takes long
 * where something else wants the machine, the database or the broker: then fewer and fuller ones are what helps.
 * @param behind a full batch of events is there already @param begun when the batch was begun (`performance.now`)
 */
export async function rest(behind: boolean, begun: number, signal: AbortSignal): Promise<void> {
  watching ??= watch();
  if (behind) {
    leftBehindAt = performance.now();
    await turn();
  } else if (performance.now() - leftBehindAt > CATCHING_UP_MS) {
    await pause(saturated ? LOOK_MS : Math.min(performance.now() - begun, LOOK_MS), signal);
  }
}

/** Does this with each, in order, and lets others of the process have their turn every few milliseconds. */
export async function inSlices<T>(items: Iterable<T>, work: (item: T) => void): Promise<void> {
  let since = performance.now();
  for (const item of items) {
    work(item);
    if (performance.now() - since < SLICE_MS) continue;
    await turn();
    since = performance.now();
  }
}
