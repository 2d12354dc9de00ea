import { ask, world } from '../../../test/engine-world.js';

/** volcano#4690: small jobs arrive without end, each takes what has just come free, and the gang never gets its nodes. */
describe('volcano#4690: a stream of small jobs and a gang', () => {
  const MINUTE_MS = 60_000;

  /** Every minute so many small jobs come: more than the cluster can ever run. @returns when the gang was first promised a start, and when it started */
  function stream(minutes: number, perMinute: number, limitS: number, over: Parameters<typeof ask>[1] = {}): { readonly reservedMs: number; readonly startedMs: number; readonly small: number } {
    const engine = world(4, { gpus: 8 });
    let [submitted, small, reservedMs, startedMs] = [0, 0, Infinity, Infinity];
    for (let now = 0; now < minutes * MINUTE_MS; now += MINUTE_MS) {
      for (const job of engine.overdue(now)) engine.finished(job, now);
      if (now === 30 * MINUTE_MS) engine.submit(ask('gang', { nodes: 4, gpusPerNode: 8, timeLimitS: 3600, arrivedMs: now, ...over }));
      for (let i = 0; i < perMinute; i++) engine.submit(ask(`small${submitted++}`, { timeLimitS: limitS, arrivedMs: now, tenant: i % 2 ? 'ada' : 'bob' }));
      const { placements, reservations } = engine.plan(now);
      if (placements.some(({ job }) => job === 'gang')) startedMs = Math.min(startedMs, now);
      else small += placements.length;
      const reserved = reservations.find(({ job }) => job === 'gang');
      if (reserved && startedMs === Infinity) reservedMs = Math.min(reservedMs, reserved.startMs);
    }
    return { reservedMs, startedMs, small };
  }

  it('starts by the time that was reserved for it, though the stream never ends', () => {
    const { reservedMs, startedMs, small } = stream(360, 8, 300);
    expect(startedMs).toBeLessThanOrEqual(reservedMs);
    expect(reservedMs).toBeLessThan(Infinity);
    expect(small).toBeGreaterThan(500);
  });

  it('also one with a long limit, which the order serves late: age comes before size', () => {
    const { startedMs } = stream(900, 4, 600, { timeLimitS: 36_000 });
    expect(startedMs).toBeLessThan(Infinity);
  });
});
