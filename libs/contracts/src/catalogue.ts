/** Every event of every context as one list, with the schema that is published for it. */
import { z } from 'zod';
import * as billing from './billing/index.js';
import { CONTEXTS, publishedType, type ContextName, type EventGroup } from './define.js';
import * as inventory from './inventory/index.js';
import { publishedSchema, type JsonSchema } from './json-schema.js';
import * as lab from './lab/index.js';
import * as scheduling from './scheduling/index.js';
import * as sovereignty from './sovereignty/index.js';
import { writtenVersion } from './versions.js';

const MODULES: Readonly<Record<ContextName, object>> = { inventory, scheduling, billing, sovereignty, lab };

/** One version of one event, as the world sees it. */
export interface PublishedEvent {
  /** `fr.pioche.inventory.NodeDrained.v1` */
  readonly type: string;
  readonly context: ContextName;
  /** The aggregate it happens to, kebab-case: `site-plan`. */
  readonly aggregate: string;
  readonly name: string;
  readonly version: number;
  /** False for an older version: still in the log, upcast to the current one by who reads it. */
  readonly current: boolean;
  /** This is the version that goes into the log now: the current one, or the one before while both releases run. */
  readonly written: boolean;
  readonly meaning: string;
  /** Its data; JSON Schema 2020-12. */
  readonly schema: JsonSchema;
  /** Data that fits the schema; of older versions only where one was kept. */
  readonly example?: unknown;
}

const isGroup = (value: unknown): value is EventGroup =>
  typeof value === 'object' && value !== null && 'context' in value && 'events' in value && !(value instanceof z.ZodType);

/** A context's groups by the aggregate's name: `sitePlanEvents` are those of `site-plan`. */
export function groupsOf(context: ContextName): ReadonlyMap<string, EventGroup> {
  const groups = Object.entries(MODULES[context]).filter((entry): entry is [string, EventGroup] => isGroup(entry[1]));
  return new Map(groups.map(([name, group]) => [kebab(name.replace(/Events$/, '')), group]));
}

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** All event groups of all contexts: what a consumer may meet. */
export const allGroups = (): readonly EventGroup[] => CONTEXTS.flatMap((context) => [...groupsOf(context).values()]);

const made = new Map<ContextName, readonly PublishedEvent[]>();

/** A context's events, current and older versions. */
export function eventsOf(context: ContextName): readonly PublishedEvent[] {
  const known = made.get(context);
  if (known) return known;
  const events = [...groupsOf(context)].flatMap(([aggregate, group]) =>
    Object.entries(group.events).flatMap(([name, declaration]): PublishedEvent[] => {
      const { meaning, data, example, version: current, history = [] } = declaration;
      const versions = [{ version: current, data, example: data.parse(example) }, ...history];
      return versions.map(({ version, data: schema, example: shown }) => ({
        type: publishedType(context, name, version), context, aggregate, name, version,
        current: version === current, written: version === writtenVersion(declaration),
        meaning, schema: publishedSchema(schema), ...(shown !== undefined && { example: shown }),
      }));
    }),
  );
  made.set(context, events);
  return events;
}

/** @param type `fr.pioche.inventory.NodeDrained.v1` @returns nothing when no such event is declared */
export const eventByType = (type: string): PublishedEvent | undefined =>
  CONTEXTS.flatMap(eventsOf).find((event) => event.type === type);
