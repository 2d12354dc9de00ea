/**
 * An event as it travels: one CloudEvents 1.0 JSON text (structured mode), the same bytes from every source.
 * Keys come in one order and `data` comes last, so that the stored JSON text of the data is placed without being
 * parsed, and a reader can take the attributes without parsing the data.
 */
import { CONTEXTS, publishedType, type ContextName, type Envelope, type Recorded } from './define.js';

/** What an event was caused by, as it is stored beside it. */
export interface CloudEventMeta {
  readonly actor: string;
  readonly correlationId: string;
  readonly causationId: string;
  readonly tenant?: string | undefined;
  readonly traceparent?: string | undefined;
}

/** A stored event, its data still JSON text. */
export interface CloudEventRow {
  readonly context: ContextName;
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly eventId: string;
  /** The event's short name: `NodeDrained`. */
  readonly type: string;
  readonly schemaVersion: number;
  /** JSON text, placed as it is. */
  readonly dataJson: string;
  readonly time: string;
  readonly recordedTime: string;
  readonly meta: CloudEventMeta;
}

/** Everything but the data. */
export type CloudEventHead = Envelope & { readonly type: string };

/** The text is not an event of ours: not JSON, not CloudEvents, or an attribute is missing. */
export class MalformedEventError extends Error {
  override readonly name = 'MalformedEventError';
}

/** Where the schema of this version of an event can be found. */
export const dataSchemaUri = (context: ContextName, name: string, version: number): string =>
  `https://pioche.fr/schemas/${context}/${name}/v${version}`;

const text = (value: string): string => JSON.stringify(value);
const optional = (name: string, value: string | undefined): string =>
  value === undefined ? '' : `,"${name}":${text(value)}`;

/**
 * The CloudEvent as text. `position` is a string in it, for a CloudEvents Integer ends at 2³¹ (CloudEvents 1.0.2 §3.1).
 */
export function cloudEventText(row: CloudEventRow): string {
  const { context, type, schemaVersion, meta } = row;
  return (
    `{"specversion":"1.0","id":${text(row.eventId)},"source":"/pioche/${context}"` +
    `,"type":"${publishedType(context, type, schemaVersion)}","subject":${text(row.stream)}` +
    `,"time":"${row.time}","datacontenttype":"application/json"` +
    `,"dataschema":"${dataSchemaUri(context, type, schemaVersion)}"` +
    `,"streamversion":${row.version},"position":"${row.position}","recordedtime":"${row.recordedTime}"` +
    `,"correlationid":${text(meta.correlationId)},"causationid":${text(meta.causationId)},"actor":${text(meta.actor)}` +
    `${optional('tenant', meta.tenant)}${optional('traceparent', meta.traceparent)},"data":${row.dataJson}}`
  );
}

/** Never inside a string of the attributes: there the quotes would be escaped. */
const DATA = ',"data":';

interface Attributes {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly streamversion: number;
  readonly position: string;
  readonly recordedtime: string;
  readonly correlationid: string;
  readonly causationid: string;
  readonly actor: string;
  readonly tenant?: string;
  readonly traceparent?: string;
}

/** Of a text that `cloudEventText` has made: keys in its order, no escapes in the attributes. Four times as fast as JSON, which reads all others. */
const PLAIN = String.raw`[^"\\\u0000-\u001f]*`;
const value = `"(${PLAIN})"`;
const OURS = new RegExp(
  String.raw`^\{"specversion":"1\.0","id":${value},"source":"${PLAIN}","type":${value},"subject":${value},"time":${value}` +
    String.raw`,"datacontenttype":"application/json","dataschema":"${PLAIN}","streamversion":(0|[1-9]\d*),"position":${value},"recordedtime":${value}` +
    String.raw`,"correlationid":${value},"causationid":${value},"actor":${value}(?:,"tenant":${value})?(?:,"traceparent":${value})?,"data":`,
);

const REQUIRED = ['id', 'subject', 'time', 'position', 'recordedtime', 'correlationid', 'causationid', 'actor'] as const;
const TYPE = /^fr\.pioche\.([a-z]+)\.([A-Za-z0-9]+)\.v([1-9]\d*)$/;
const isContext = (name: string): name is ContextName => (CONTEXTS as readonly string[]).includes(name);

const malformed = (why: string): never => {
  throw new MalformedEventError(why);
};

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    return malformed(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function isAttributes(value: unknown): value is Attributes {
  if (typeof value !== 'object' || value === null) return false;
  const found = value as Record<string, unknown>;
  return REQUIRED.every((name) => typeof found[name] === 'string') && Number.isSafeInteger(found['streamversion']);
}

function headOf(attributes: unknown): CloudEventHead {
  if (!isAttributes(attributes)) return malformed(`not an event: it needs ${REQUIRED.join(', ')} and streamversion`);
  const [, context = '', type = '', schemaVersion] = TYPE.exec(attributes.type) ?? [];
  const position = Number(attributes.position);
  if (!isContext(context)) return malformed(`unknown type: ${attributes.type}`);
  if (!Number.isSafeInteger(position)) return malformed(`position is not an integer: ${attributes.position}`);
  return {
    type,
    id: attributes.id,
    context,
    subject: attributes.subject,
    version: attributes.streamversion,
    position,
    time: attributes.time,
    recordedTime: attributes.recordedtime,
    schemaVersion: Number(schemaVersion),
    correlationId: attributes.correlationid,
    causationId: attributes.causationid,
    actor: attributes.actor,
    ...(attributes.tenant === undefined ? {} : { tenant: attributes.tenant }),
    ...(attributes.traceparent === undefined ? {} : { traceparent: attributes.traceparent }),
  };
}

/**
 * Everything but the data, which is not parsed.
 * @throws MalformedEventError
 */
export function parseCloudEventHead(raw: string): CloudEventHead {
  const [, id, type, subject, time, streamversion, position, recordedtime, correlationid, causationid, actor, tenant, traceparent] = OURS.exec(raw) ?? [];
  if (id !== undefined) return headOf({ id, type, subject, time, streamversion: Number(streamversion), position, recordedtime, correlationid, causationid, actor, tenant, traceparent });
  const end = raw.indexOf(DATA);
  return headOf(parseJson(end < 0 ? raw : `${raw.slice(0, end)}}`));
}

/**
 * The event with its data as it was recorded: not upcast, not checked against its schema.
 * @throws MalformedEventError
 */
export function parseCloudEvent(raw: string, head: CloudEventHead = parseCloudEventHead(raw)): Recorded {
  const start = raw.indexOf(DATA);
  if (start < 0) return malformed('it has no data');
  return { ...head, data: parseJson(raw.slice(start + DATA.length, raw.lastIndexOf('}'))) };
}
