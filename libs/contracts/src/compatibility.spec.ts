import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { eventsOf } from './catalogue.js';
import { breakingChanges, snapshotOf, writtenTooSoon, type Snapshot } from './compatibility.js';
import { CONTEXTS } from './define.js';
import { publishedSchema } from './json-schema.js';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

describe.each(CONTEXTS)('what %s has published', (context) => {
  const published = JSON.parse(read(`../published/${context}.json`)) as Snapshot;

  it('still holds: no consumer can break', () => {
    expect(breakingChanges(published, snapshotOf(context))).toEqual([]);
  });

  it('has every version that is written', () => {
    expect(writtenTooSoon(published, eventsOf(context))).toEqual([]);
  });

  it('is all there is: npm run contracts:accept records what was added', () => {
    expect(snapshotOf(context)).toEqual(published);
  });
});

const EVENT = 'fr.pioche.inventory.NodeSeen.v1';
const before = {
  node: z.string(),
  rank: z.int().min(0),
  status: z.enum(['up', 'down']),
  note: z.string().optional(),
  gpus: z.array(z.object({ index: z.int(), model: z.string() })),
  host: z.union([z.object({ kind: z.literal('node'), node: z.string() }), z.object({ kind: z.literal('shelf') })]),
  labels: z.record(z.string(), z.string()),
  at: z.iso.datetime(),
};
const changed = (fields: z.ZodRawShape): Snapshot => ({ [EVENT]: publishedSchema(z.object(fields)) });
const without = (name: keyof typeof before): z.ZodRawShape => Object.fromEntries(Object.entries(before).filter(([field]) => field !== name));

describe('a change of an event', () => {
  it.each<[string, z.ZodRawShape, string, RegExp]>([
    ['removes a field', without('rank'), 'rank', /removed/],
    ['removes an optional field', without('note'), 'note', /removed/],
    ['makes a field optional', { ...before, node: z.string().optional() }, 'node', /now optional/],
    ['changes a type', { ...before, rank: z.string() }, 'rank', /type changed from integer to string/],
    ['widens a type', { ...before, rank: z.number() }, 'rank', /type changed from integer to number/],
    ['lets a field be null', { ...before, node: z.string().nullable() }, 'node', /from string to string or null/],
    ['adds a value to an enum', { ...before, status: z.enum(['up', 'down', 'odd']) }, 'status', /also be odd/],
    ['opens an enum', { ...before, status: z.string() }, 'status', /any value/],
    ['loosens a limit', { ...before, rank: z.int().min(-1) }, 'rank', /minimum was 0 and is -1/],
    ['drops a format', { ...before, at: z.string() }, 'at', /format was date-time and is gone/],
    ['removes a field of a list', { ...before, gpus: z.array(z.object({ index: z.int() })) }, 'gpus[].model', /removed/],
    ['changes the values of a map', { ...before, labels: z.record(z.string(), z.int()) }, 'labels.*', /type changed/],
    ['adds an alternative', { ...before, host: z.union([before.host, z.object({ kind: z.literal('truck') })]) }, 'host', /also be \{"kind":"truck"\}/],
  ])('that %s is refused, and says where and why', (_, after, field, reason) => {
    const breaks = breakingChanges(changed(before), changed(after));
    expect(breaks).toContainEqual({ event: EVENT, field, reason: expect.stringMatching(reason) as string });
  });

  it('that removes the event or a version is refused', () => {
    expect(breakingChanges(changed(before), {})).toEqual([{ event: EVENT, field: '', reason: expect.stringMatching(/removed/) as string }]);
  });

  it.each<[string, z.ZodRawShape]>([
    ['nothing', before],
    ['a new field', { ...before, serial: z.string() }],
    ['a new optional field', { ...before, serial: z.string().optional() }],
    ['an optional field that is now always there', { ...before, note: z.string() }],
    ['fewer values', { ...before, status: z.enum(['up']) }],
    ['a tighter limit', { ...before, rank: z.int().min(1) }],
    ['one alternative less', { ...before, host: z.union([z.object({ kind: z.literal('shelf') })]) }],
    ['another description', { ...before, node: z.string().describe('Which one.') }],
  ])('of %s is fine', (_, after) => {
    expect(breakingChanges(changed(before), changed(after))).toEqual([]);
  });
});

describe('a version that is written', () => {
  const event = (version: number, written: boolean) => ({ type: `fr.pioche.inventory.NodeSeen.v${version}`, name: 'NodeSeen', context: 'inventory', written }) as const;
  const known = { [EVENT]: publishedSchema(z.object(before)) };

  it('is refused while the last release does not know it', () => {
    expect(writtenTooSoon(known, [event(2, true), event(1, false)])).toEqual([{ event: 'fr.pioche.inventory.NodeSeen.v2', field: '', reason: expect.stringMatching(/does not know this version/) as string }]);
  });

  it('is fine once it does, when an older one is written until then, and where the event is new', () => {
    expect(writtenTooSoon({ ...known, 'fr.pioche.inventory.NodeSeen.v2': {} }, [event(2, true)])).toEqual([]);
    expect(writtenTooSoon(known, [event(2, false), event(1, true)])).toEqual([]);
    expect(writtenTooSoon({}, [event(1, true)])).toEqual([]);
  });
});
