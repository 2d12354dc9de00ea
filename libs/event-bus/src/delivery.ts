import {
  parseCloudEvent,
  parseCloudEventHead,
  type CloudEventHead,
  type ContextName,
  type EventGroup,
  type Recorded,
} from '@pioche/contracts';
import { Upcasters, type LoggedEvent } from '@pioche/event-store';

/** What the reason begins with where a newer build has written the event. */
export const UNKNOWN_EVENT = 'unknown event: ';

/** The events that a consumer's build knows: what tells an event it can read from one it must park. */
export class KnownEvents {
  private readonly versions = new Map<ContextName, Map<string, number>>();
  private readonly upcasters = new Map<ContextName, Upcasters>();

  constructor(groups: readonly EventGroup[]) {
    for (const { context, events } of groups) {
      const versions = this.versions.get(context) ?? new Map<string, number>();
      this.versions.set(context, versions);
      for (const [type, { version }] of Object.entries(events)) versions.set(type, version);
    }
    for (const [context, own] of Map.groupBy(groups, (group) => group.context)) this.upcasters.set(context, new Upcasters(own));
  }

  has({ context, type, schemaVersion }: Attributes): boolean {
    return schemaVersion <= (this.versions.get(context)?.get(type) ?? 0);
  }

  /** Its data in the current version. */
  upcast(event: Recorded): Recorded {
    const upcasters = this.upcasters.get(event.context);
    return upcasters?.current(event) ?? event;
  }
}

export interface Arrival {
  readonly source: ContextName;
  readonly partition: number;
  /** Place in the partition; from the log tail it is the position. */
  readonly offset: number;
}

/** What decides whether a handler gets it. From a log it is there without parsing. */
export type Attributes = Pick<CloudEventHead, 'id' | 'type' | 'context' | 'subject' | 'position' | 'schemaVersion'>;

/** What arrives: the text from a broker, or the event from a log of this process. */
type Content = { readonly raw: string; readonly logged?: never } | { readonly logged: LoggedEvent; readonly raw?: never };

/** One event as it arrives. Parsed, or made text, once, and only when someone looks: several handlers may share it. */
export class Delivery implements Arrival {
  readonly source: ContextName;
  readonly partition: number;
  readonly offset: number;
  private readonly logged: LoggedEvent | undefined;
  private text: string | undefined;
  private parsedHead: CloudEventHead | undefined;
  private parsed: Recorded | undefined;

  constructor(
    arrival: Arrival & Content,
    private readonly known: KnownEvents,
  ) {
    this.source = arrival.source;
    this.partition = arrival.partition;
    this.offset = arrival.offset;
    this.logged = arrival.logged;
    this.text = arrival.raw;
  }

  /** The CloudEvent's JSON text, byte-identical from every source. */
  get raw(): string {
    return (this.text ??= this.logged?.json ?? '');
  }

  /** The event without its data. @throws MalformedEventError */
  get head(): CloudEventHead {
    return (this.parsedHead ??= this.logged?.recorded ?? parseCloudEventHead(this.raw));
  }

  /** @throws MalformedEventError */
  get attributes(): Attributes {
    return this.logged ?? this.head;
  }

  /** Place in the context's log. @throws MalformedEventError */
  get position(): number {
    return this.attributes.position;
  }

  /** The event, upcast to the version that this build knows. @throws MalformedEventError */
  get event(): Recorded {
    return (this.parsed ??= this.known.upcast(this.logged?.recorded ?? parseCloudEvent(this.raw, this.head)));
  }

  /** Parses it now, so that nobody has to later: its data too where a handler names it; one that takes everything may pass on the text. */
  prepare(wants: ReadonlySet<string> | undefined): void {
    if (this.unreadable !== undefined || !wants?.has(this.attributes.type)) return;
    try {
      void this.event;
    } catch {
      // Whoever asks for it is told.
    }
  }

  /** Why no handler can be given this one; nothing when it can be. */
  get unreadable(): string | undefined {
    try {
      return this.known.has(this.attributes) ? undefined : `${UNKNOWN_EVENT}${this.attributes.type} v${this.attributes.schemaVersion}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}
