import { z } from 'zod';
import { otherThan, wrongOnes } from './variations.js';

describe('bodies that are a little different', () => {
  it('are wrong in one field each', () =>
    expect(wrongOnes({ name: 'a', tags: ['x'] })).toEqual([['name', { name: [null], tags: ['x'] }], ['tags', { name: 'a', tags: 7 }]]));

  it.each([
    ['a text', { name: 'a' }, z.object({ name: z.string() })],
    ['a number at its limit', { hours: 24 }, z.object({ hours: z.int().min(0).max(24) })],
    ['an amount in text', { nano: '10' }, z.object({ nano: z.string().regex(/^\d+$/) })],
    ['a moment', { at: '2026-11-17T09:00:00.000Z' }, z.object({ at: z.iso.datetime() })],
    ['a flag inside', { contract: { stop: true } }, z.object({ contract: z.object({ stop: z.boolean() }) })],
    ['a list', { prices: [{ nano: 5 }] }, z.object({ prices: z.array(z.object({ nano: z.int() })).min(1) })],
  ])('are valid, and not the same: %s', (_, body, schema) => {
    const other = otherThan(body, schema);
    expect(schema.safeParse(other).success).toBe(true);
    expect(other).not.toEqual(body);
  });

  it('are not there where a schema takes only this one', () => {
    expect(otherThan({}, z.object({}))).toBeUndefined();
    expect(otherThan({ kind: 'one' }, z.object({ kind: z.literal('one') }))).toBeUndefined();
  });
});
