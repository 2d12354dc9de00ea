/** How an event leaves the log. */
import { cloudEventText, type ContextName, type Recorded } from '@pioche/contracts';
import { instant } from '@pioche/kernel';
import type { EventMeta } from './types.js';

type StoredMeta = Omit<EventMeta, 'time'>;

/** position, stream, version, event id, type, schema version, time and recorded time in ms, meta and data as JSON texts. */
export type Row = [number, string, number, string, string, number, number, number, string, string];

/** JSON stays text until someone looks into it: who passes an event on never does. */
export const COLUMNS = `position::float8, stream_id, version, event_id, type, schema_version,
  round(date_part('epoch', time) * 1000), round(date_part('epoch', recorded_at) * 1000), meta::text, data::text`;

/** Remembers the last answer: neighbours in the log were often written together, with the same times and meta. */
function lastKept<A, R>(make: (from: A) => R): (from: A) => R {
  let last: { readonly from: A; readonly made: R } | undefined;
  return (from) => (last?.from === from ? last : (last = { from, made: make(from) })).made;
}

const parseMeta = lastKept((json: string) => JSON.parse(json) as Readonly<StoredMeta>);
const metaOf = (row: Row): Readonly<StoredMeta> => parseMeta(row[8]);
const timeOf = lastKept(instant);
const recordedTimeOf = lastKept(instant);

/** An event as it was written: its old version is not brought up to date. JSON and times stay as they are until someone asks. */
export class LoggedEvent {
  private made: Recorded | undefined;

  constructor(
    readonly context: ContextName,
    private readonly row: Row,
  ) {}

  get position(): number {
    return this.row[0];
  }

  get subject(): string {
    return this.row[1];
  }

  get id(): string {
    return this.row[3];
  }

  get type(): string {
    return this.row[4];
  }

  get schemaVersion(): number {
    return this.row[5];
  }

  get recorded(): Recorded {
    return (this.made ??= recordedOf(this.context, this.row));
  }

  /** The CloudEvent as text: the same bytes whenever and by whomever it is made. */
  get json(): string {
    const [position, stream, version, eventId, type, schemaVersion, time, recorded, , dataJson] = this.row;
    return cloudEventText({ context: this.context, position, stream, version, eventId, type, schemaVersion, dataJson, time: timeOf(time), recordedTime: recordedTimeOf(recorded), meta: metaOf(this.row) });
  }
}

export function recordedOf(context: ContextName, row: Row): Recorded {
  const [position, subject, version, id, type, schemaVersion, time, recorded, , data] = row;
  const meta = metaOf(row);
  return {
    id,
    type,
    context,
    subject,
    version,
    position,
    time: timeOf(time),
    recordedTime: recordedTimeOf(recorded),
    schemaVersion,
    correlationId: meta.correlationId,
    causationId: meta.causationId,
    actor: meta.actor,
    ...(meta.tenant !== undefined && { tenant: meta.tenant }),
    ...(meta.traceparent !== undefined && { traceparent: meta.traceparent }),
    data: JSON.parse(data) as unknown,
  };
}

export const requestHashOf = (row: Row): string | undefined => metaOf(row).requestHash;
