import type { LoggedEvent } from './logged-event.js';
import { RecentLog } from './recent-log.js';

const at = (position: number) => ({ position }) as LoggedEvent;
const positions = (events: readonly LoggedEvent[]) => events.map(({ position }) => position);

/** A log of so many events whose reading can be held up. */
function log(head: number) {
  const state = { head, reads: [] as [number, number][], gate: Promise.resolve() };
  const recent = new RecentLog(async (after, limit) => {
    state.reads.push([after, limit]);
    const seen = state.head; // what a snapshot sees is settled when the question is asked
    await state.gate;
    return Array.from({ length: Math.max(0, Math.min(limit, seen - after)) }, (_, n) => at(after + n + 1));
  });
  return { state, recent };
}

it('answers the same to all, from one reading', async () => {
  const { state, recent } = log(10);
  const answers = await Promise.all([recent.read(0, 100), recent.read(0, 100), recent.read(0, 4)]);
  expect(answers.map(positions)).toEqual([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [1, 2, 3, 4]]);
  expect(state.reads).toHaveLength(1);
  expect(positions(await recent.read(3, 2))).toEqual([4, 5]);
  expect(state.reads).toHaveLength(1);
});

it('has all that was committed before the question, though a reading was under way', async () => {
  const { state, recent } = log(3);
  await recent.read(0, 10);
  const gate = Promise.withResolvers<void>();
  state.gate = gate.promise;
  const early = recent.read(3, 10);
  await Promise.resolve();
  state.head = 5;
  const late = recent.read(3, 10);
  gate.resolve();
  expect(positions(await early)).toEqual([]);
  expect(positions(await late)).toEqual([4, 5]);
});

it('reads what lies further back for each alone, and everything once it follows', async () => {
  const { recent } = log(25_000);
  let after = 0;
  for (let found: LoggedEvent[] = []; (found = await recent.read(after, 5_000)).length > 0; after = found.at(-1)?.position ?? 0) {
    expect(positions(found)).toEqual(Array.from({ length: found.length }, (_, n) => after + n + 1));
  }
  expect(after).toBe(25_000);
  expect(positions(await recent.read(10, 3))).toEqual([11, 12, 13]);
});

it('goes on where somebody is further than what it has', async () => {
  const { state, recent } = log(10);
  await recent.read(0, 5);
  state.head = 40;
  expect(positions(await recent.read(30, 5))).toEqual([31, 32, 33, 34, 35]);
  expect(positions(await recent.read(8, 4))).toEqual([9, 10, 11, 12]);
});

it('asks again after a failure', async () => {
  let fails = true;
  const recent = new RecentLog((after) => (fails ? Promise.reject(new Error('away')) : Promise.resolve([at(after + 1)])));
  await expect(Promise.all([recent.read(0, 5), recent.read(0, 5)])).rejects.toThrow('away');
  fails = false;
  expect(positions(await recent.read(0, 5))).toEqual([1]);
});
