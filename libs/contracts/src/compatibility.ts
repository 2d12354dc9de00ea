/**
 * What may change in a published event. Its data is read by others, so whatever they could count on must stay: a field
 * that was there, its type, its set of values. Adding a field takes nothing away.
 */
import { eventsOf, type PublishedEvent } from './catalogue.js';
import type { ContextName } from './define.js';
import type { JsonSchema } from './json-schema.js';

/** The committed reference: published type → schema of its data. */
export type Snapshot = Readonly<Record<string, JsonSchema>>;

export interface BreakingChange {
  /** `fr.pioche.inventory.NodeDrained.v1` */
  readonly event: string;
  /** `gpus[].model`; empty for the event itself. */
  readonly field: string;
  readonly reason: string;
}

export const snapshotOf = (context: ContextName): Snapshot =>
  Object.fromEntries(eventsOf(context).map(({ type, schema }) => [type, schema] as const).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Why consumers of `before` could fail on `after`; none: it is compatible. */
export function breakingChanges(before: Snapshot, after: Snapshot): BreakingChange[] {
  return Object.entries(before).flatMap(([event, schema]) => {
    const now = after[event];
    if (!now) return [{ event, field: '', reason: 'the event, or this version of it, was removed' }];
    return [...weakenings(schema, now, '')].map((weakening) => ({ event, ...weakening }));
  });
}

/**
 * Versions that are written although the last release did not know them, of events that it knew: its replicas and other
 * contexts' consumers could not read them. They have to be declared beside `writes`, one release before.
 * @param before what the last release published
 */
export const writtenTooSoon = (before: Snapshot, events: readonly Pick<PublishedEvent, 'type' | 'name' | 'context' | 'written'>[]): BreakingChange[] =>
  events
    .filter(({ type, name, context, written }) => written && !(type in before) && Object.keys(before).some((known) => known.startsWith(`fr.pioche.${context}.${name}.v`)))
    .map(({ type }) => ({ event: type, field: '', reason: 'it is written, and the last release does not know this version: declare `writes` with the one before, until the next release' }));

type Weakening = Omit<BreakingChange, 'event'>;

function* weakenings(before: JsonSchema, after: JsonSchema, field: string): Generator<Weakening> {
  if (before.anyOf ?? before.oneOf ?? after.anyOf ?? after.oneOf) {
    yield* alternatives(before, after, field);
    return;
  }
  const [then, now] = [typesOf(before), typesOf(after)];
  if (then.length > 0 && (now.length === 0 || !now.every((type) => then.includes(type)))) {
    yield { field, reason: `its type changed from ${then.join(' or ')} to ${now.join(' or ') || 'anything'}` };
    return;
  }
  yield* values(before, after, field);
  yield* limits(before, after, field);
  yield* fields(before, after, field);
  if (before.items) yield* weakenings(before.items, after.items ?? {}, `${field}[]`);
  if (typeof before.additionalProperties === 'object') {
    const now = after.additionalProperties;
    yield* weakenings(before.additionalProperties, typeof now === 'object' ? now : {}, join(field, '*'));
  }
}

const typesOf = ({ type = [] }: JsonSchema): readonly string[] => [type].flat();

/** Each alternative of now must be one that consumers know. */
function* alternatives(before: JsonSchema, after: JsonSchema, field: string): Generator<Weakening> {
  const known = before.anyOf ?? before.oneOf ?? [before];
  for (const now of after.anyOf ?? after.oneOf ?? [after]) {
    const closest = known.map((old) => [...weakenings(old, now, field)]).sort((a, b) => a.length - b.length)[0] ?? [];
    if (closest.length === 0) continue;
    if (known.length === 1 && closest.some((one) => one.field !== field)) yield* closest;
    else yield { field, reason: `it may now also be ${outline(now)}` };
  }
}

const outline = (schema: JsonSchema): string =>
  JSON.stringify(schema.const ?? schema.enum ?? (schema.properties ? Object.fromEntries(Object.entries(schema.properties).map(([name, { const: only, type }]) => [name, only ?? type])) : schema.type));

function* values(before: JsonSchema, after: JsonSchema, field: string): Generator<Weakening> {
  const known = 'const' in before ? [before.const] : before.enum;
  if (!known) return;
  const now = 'const' in after ? [after.const] : after.enum;
  const added = now?.filter((value) => !known.includes(value));
  if (!added) yield { field, reason: `it may now be any value, not only ${known.map(String).join(', ')}` };
  else if (added.length > 0) yield { field, reason: `it may now also be ${added.map(String).join(', ')}` };
}

const LOWER = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems'] as const;
const UPPER = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems'] as const;

function* limits(before: JsonSchema, after: JsonSchema, field: string): Generator<Weakening> {
  type Keyword = (typeof LOWER | typeof UPPER)[number] | 'format' | 'pattern';
  const broken = (keyword: Keyword): Weakening => ({ field, reason: `${keyword} was ${before[keyword]} and is ${after[keyword] ?? 'gone'}` });
  for (const keyword of LOWER) if ((after[keyword] ?? -Infinity) < (before[keyword] ?? -Infinity)) yield broken(keyword);
  for (const keyword of UPPER) if ((after[keyword] ?? Infinity) > (before[keyword] ?? Infinity)) yield broken(keyword);
  for (const keyword of ['format', 'pattern'] as const) if (before[keyword] !== undefined && before[keyword] !== after[keyword]) yield broken(keyword);
}

function* fields(before: JsonSchema, after: JsonSchema, field: string): Generator<Weakening> {
  for (const [name, old] of Object.entries(before.properties ?? {})) {
    const now = after.properties?.[name];
    const path = join(field, name);
    if (!now) {
      yield { field: path, reason: 'the field was removed' };
      continue;
    }
    if (before.required?.includes(name) && !after.required?.includes(name)) yield { field: path, reason: 'it was always there and is now optional' };
    yield* weakenings(old, now, path);
  }
}

const join = (field: string, name: string): string => (field ? `${field}.${name}` : name);
