import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { TypeID } from 'typeid-js';
import { derivedId, divideHalfAway, epochMs, follow, formatCents, idOf, instant, Instant, newId, plusSeconds, prefixOf, Refusal, secondsBetween, SimulatedClock, sum, toCents } from './index.js';

describe('ids', () => {
  it('carry their kind and match their schema', () => {
    const id = newId('node');
    expect(idOf('node').parse(id)).toBe(id);
    expect(() => idOf('job').parse(id)).toThrow();
    expect(prefixOf(derivedId('price_book', 'x'))).toBe('price_book');
  });

  it('follow from their cause, and from nothing else', () => {
    expect(derivedId('txn', 'a', 'b')).toBe(derivedId('txn', 'a', 'b'));
    expect(derivedId('txn', 'a', 'b')).not.toBe(derivedId('txn', 'ab'));
    expect(idOf('txn').parse(derivedId('txn', 'a'))).toBeTruthy();
  });

  it('that follow from a cause are TypeIDs of a UUIDv8', () =>
    fc.assert(
      fc.property(fc.string(), (cause) => {
        const id = derivedId('txn', cause);
        const uuid = createHash('sha256').update(cause).digest().subarray(0, 16);
        uuid[6] = ((uuid[6] ?? 0) & 0x0f) | 0x80;
        uuid[8] = ((uuid[8] ?? 0) & 0x3f) | 0x80;
        expect(id).toBe(TypeID.fromUUIDBytes('txn', uuid).toString());
      }),
    ));
});

describe('instants', () => {
  it('have one form, in which they compare as strings', () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: 0, max: 4e12 }), (a, b) => {
        expect(instant(a) < instant(b)).toBe(a < b);
        expect(epochMs(instant(a))).toBe(a);
      }),
    ));

  it('are brought to UTC with milliseconds', () => {
    expect(Instant.parse('2026-11-17T10:00:00+01:00')).toBe('2026-11-17T09:00:00.000Z');
    expect(Instant.safeParse('17.11.2026').success).toBe(false);
    expect(secondsBetween('2026-11-17T09:00:00.000Z', plusSeconds('2026-11-17T09:00:00.000Z', 1.5))).toBe(1.5);
  });
});

describe('money', () => {
  it('rounds half away from zero, symmetrically', () => {
    expect([5n, -5n, 4n, -4n, 15n].map((n) => divideHalfAway(n, 10n))).toEqual([1n, -1n, 0n, 0n, 2n]);
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), (nano) => {
        const error = nano - toCents(nano) * 10_000_000n;
        expect(error <= 5_000_000n && error >= -5_000_000n).toBe(true);
        expect(toCents(-nano)).toBe(-toCents(nano));
      }),
    );
  });

  it('reads well', () => {
    expect(formatCents(123456789n)).toBe('1,234,567.89 €');
    expect(formatCents(-5n)).toBe('-0.05 €');
    expect(sum([1n, 2n])).toBe(3n);
  });
});

it('a transition that the table does not have is refused with those it has', () => {
  const table = { open: { close: 'closed' }, closed: {} };
  expect(follow(table, 'open', 'close')).toBe('closed');
  try {
    follow(table, 'open', 'lock');
    throw new Error('not refused');
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal);
    expect((error as Refusal).details).toEqual({ status: 'open', command: 'lock', allowed: ['close'] });
  }
});

it('a simulated clock moves forward only', () => {
  const clock = new SimulatedClock('2026-01-02T00:00:00.000Z');
  const seen: string[] = [];
  const stop = clock.onAdvance((now) => seen.push(now));
  clock.advance('2026-01-01T00:00:00.000Z');
  clock.advance('2026-01-03T00:00:00.000Z');
  stop();
  clock.advance('2026-01-04T00:00:00.000Z');
  expect(seen).toEqual(['2026-01-03T00:00:00.000Z']);
  expect(clock.now()).toBe('2026-01-04T00:00:00.000Z');
});
