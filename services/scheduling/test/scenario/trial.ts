import { run } from './driver.js';
import { scenario } from './scenario.js';

/** What came of many scenarios. */
export interface Trials {
  /** By the scenario's number: what should not have been. */
  readonly wrong: ReadonlyMap<number, readonly string[]>;
  readonly plans: number;
  readonly preemptions: number;
  readonly repairs: number;
  readonly evictions: number;
  readonly failovers: number;
}

/**
 * Plays so many scenarios from this number on, each three times: as it is; with an engine that is saved and restored
 * now and then, which has to decide the same; with engines that take over from each other, of which each knows only
 * what was recorded.
 */
export function trials(from: number, count: number): Trials {
  const wrong = new Map<number, readonly string[]>();
  const sums = { plans: 0, preemptions: 0, repairs: 0, evictions: 0, failovers: 0 };
  for (let seed = from; seed < from + count; seed++) {
    const one = scenario(seed);
    const plain = run(one);
    const restored = run(one, { restores: 6 });
    const followed = run(one, { failovers: 4 });
    const found = [...plain.wrong, ...(restored.decided === plain.decided ? [] : ['a restored engine decides otherwise']), ...followed.wrong.map((text) => `after a takeover: ${text}`)];
    if (found.length > 0) wrong.set(seed, [...new Set(found)]);
    for (const { plans, preemptions, repairs, evictions, failovers } of [plain, followed]) {
      sums.plans += plans;
      sums.preemptions += preemptions;
      sums.repairs += repairs;
      sums.evictions += evictions;
      sums.failovers += failovers;
    }
  }
  return { wrong, ...sums };
}
