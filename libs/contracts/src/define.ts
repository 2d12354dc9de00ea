/** How an event is declared: once. Its type, schema, AsyncAPI, page and a test's example come from the declaration. */
import type { Fact } from '@pioche/kernel';
import { z } from 'zod';

export const CONTEXTS = ['inventory', 'scheduling', 'billing', 'sovereignty', 'lab'] as const;
export type ContextName = (typeof CONTEXTS)[number];

/** An older version of an event: its schema, and the way to the next version and back. */
export interface OlderVersion {
  readonly version: number;
  readonly data: z.ZodType;
  /** Its data as the next version has it. */
  upcast(data: never): unknown;
  /** The next version's data as this one can say it; needed while it is this one that is written. */
  downcast?(data: never): unknown;
  /** Data that fits the schema; needed beside `downcast`, for the proof that the two agree. */
  readonly example?: unknown;
}

export interface EventDeclaration<S extends z.ZodType = z.ZodType> {
  readonly version: number;
  /**
   * The older version that is still written while this release may run beside one that does not know the newer: all
   * code sees the newer, the log gets this one. The next release drops it. Absent: `version`.
   */
  readonly writes?: number;
  /** One sentence: what has happened, and what follows for those who listen. */
  readonly meaning: string;
  readonly data: S;
  readonly example: z.input<S>;
  /** Older versions, from the first on. */
  readonly history?: readonly OlderVersion[];
}

type Declarations = Readonly<Record<string, EventDeclaration>>;

/** The events of one aggregate of a context. */
export interface EventGroup<D extends Declarations = Declarations> {
  readonly context: ContextName;
  readonly events: D;
}

export function events<const D extends Record<string, z.ZodType>>(
  context: ContextName,
  declarations: { [K in keyof D]: EventDeclaration<D[K]> },
): EventGroup<{ [K in keyof D]: EventDeclaration<D[K]> }> {
  return { context, events: declarations };
}

/** The union of the facts of a group: `{ type: 'NodeDrained', data: … } | …`. */
export type FactOf<G> =
  G extends EventGroup<infer D> ? { [K in keyof D & string]: Fact<K, z.infer<D[K]['data']>> }[keyof D & string] : never;

/** A fact as it was recorded: which stream, when, where in the log, and why. */
export interface Envelope {
  /** The event's own id. */
  readonly id: string;
  readonly context: ContextName;
  /** The stream (aggregate) it happened to. */
  readonly subject: string;
  /** Place in the stream, from 1. */
  readonly version: number;
  /** Place in the context's log; grows with every event, with holes. */
  readonly position: number;
  /** When it happened. */
  readonly time: string;
  /** When it was written. Equals `time` but in a simulation and for what was learnt late. */
  readonly recordedTime: string;
  readonly schemaVersion: number;
  readonly correlationId: string;
  readonly causationId: string;
  readonly actor: string;
  readonly tenant?: string;
  /** W3C trace context of the request that made it. */
  readonly traceparent?: string;
}

/** A fact with its envelope: what projections and reactions receive. */
export type Recorded<F extends Fact = Fact> = F & Envelope;
export type RecordedOf<G> = Recorded<FactOf<G>>;

/** `fr.pioche.inventory.NodeDrained.v1` */
export const publishedType = (context: ContextName, name: string, version: number): string =>
  `fr.pioche.${context}.${name}.v${version}`;
