import fc from 'fast-check';
import { AT_ONCE, heldBy, planFaults, quietFrom } from './plan.js';
import { FAULT_KINDS, faultKind } from './catalogue.js';

const seed = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const seconds = fc.integer({ min: 5, max: 600 });

describe('a plan of faults', () => {
  it('is the same for the same seed, and another for another', () => {
    fc.assert(fc.property(seed, seconds, (one, length) => expect(planFaults({ seed: one, seconds: length })).toEqual(planFaults({ seed: one, seconds: length }))));
    expect(planFaults({ seed: 1, seconds: 60 })).not.toEqual(planFaults({ seed: 2, seconds: 60 }));
  });

  it('begins in order, and is over before the quiet end', () => {
    fc.assert(
      fc.property(seed, seconds, (one, length) => {
        const plan = planFaults({ seed: one, seconds: length });
        expect(plan.map(({ atMs }) => atMs)).toEqual(plan.map(({ atMs }) => atMs).sort((a, b) => a - b));
        for (const { atMs, forMs } of plan) expect(atMs + forMs).toBeLessThanOrEqual(quietFrom(length));
        expect(quietFrom(length)).toBeLessThanOrEqual(length * 800 + 1e-6 + Math.max(0, length * 200 - 15_000));
      }),
    );
  });

  it('has each kind in a minute, within its limits and on its targets', () => {
    fc.assert(
      fc.property(seed, (one) => {
        const plan = planFaults({ seed: one, seconds: 60 });
        expect(new Set(plan.map(({ kind }) => kind))).toEqual(new Set(FAULT_KINDS));
        for (const { kind, target, forMs } of plan) {
          const { targets, forMs: [least, most] } = faultKind(kind);
          expect(targets).toContain(target);
          expect(forMs).toBeGreaterThanOrEqual(least);
          expect(forMs).toBeLessThanOrEqual(most);
        }
      }),
    );
  });

  it('never has more at once than it says, nor two on the same thing', () => {
    fc.assert(
      fc.property(seed, seconds, (one, length) => {
        const plan = planFaults({ seed: one, seconds: length });
        for (const fault of plan) {
          const meanwhile = plan.filter(({ atMs, forMs }) => atMs <= fault.atMs && atMs + forMs >= fault.atMs);
          expect(meanwhile.length).toBeLessThanOrEqual(AT_ONCE);
          const held = meanwhile.flatMap(heldBy);
          expect(held).toHaveLength(new Set(held).size);
        }
      }),
    );
  });

  it('goes on for as long as it is asked to', () => {
    fc.assert(
      fc.property(seed, (one) => {
        const plan = planFaults({ seed: one, seconds: 600 });
        expect(plan.at(-1)?.atMs).toBeGreaterThan(quietFrom(600) - 30_000);
        expect(plan.length).toBeGreaterThan(60);
      }),
    );
  });

  it('keeps to the kinds that are asked for, and knows no others', () => {
    expect(new Set(planFaults({ seed: 5, seconds: 120, kinds: ['kill-kafka', 'reorder'] }).map(({ kind }) => kind))).toEqual(new Set(['kill-kafka', 'reorder']));
    expect(() => planFaults({ seed: 5, seconds: 60, kinds: ['earthquake'] })).toThrow(/no fault "earthquake": one of kill-service, /);
  });
});
