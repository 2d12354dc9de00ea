/** A context's log → its Kafka topic, in order. The log is the outbox: the relay is one more of its readers. */
import { CLOUD_EVENTS_JSON } from '@pioche/contracts';
import type { EventStore, LoggedEvent } from '@pioche/event-store';
import pg from 'pg';
import type { Broker, Publisher, TopicOptions } from './broker.js';
import { messageOf } from './errors.js';
import { AdvisoryLocks } from './locks.js';
import { rest } from './pace.js';
import { backOff, pause } from './pause.js';
import { checkSameLog, TopicOfAnotherLogError } from './same-log.js';
import { eventTopic } from './topics.js';
import { withPublishSpans } from './tracing.js';

export interface RelayOptions extends TopicOptions {
  readonly store: Pick<EventStore, 'context' | 'readRaw' | 'onAppended' | 'head'>;
  /** The store's database, with `eventBusMigrations`. One of its connections is kept while it leads or waits to. */
  readonly pool: pg.Pool;
  readonly broker: Broker;
  readonly prefix: string;
  /** Events per produce request: kafkajs takes longer per event for more. Default 1,000. */
  readonly batchSize?: number;
  /** Milliseconds between two looks that nobody has called for. Default 2,000. */
  readonly netMs?: number | undefined;
  readonly onTrouble?: (error: unknown) => void;
}

export type RelayRole = 'waiting' | 'leading' | 'stopped';

/** Sooner or later looks by itself, should no one call. */
const NET_MS = 2_000;

export class Relay {
  private readonly topic: string;
  private readonly batchSize: number;
  private readonly locks: AdvisoryLocks;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private wake = () => {};
  private appended = 0;
  private counted = 0;
  private at = 0;
  private currentRole: RelayRole = 'waiting';
  private trouble: { readonly since: number; readonly message: string } | undefined;
  private hasFailed = false;

  constructor(private readonly options: RelayOptions) {
    this.topic = eventTopic(options.prefix, options.store.context);
    this.batchSize = options.batchSize ?? 1_000;
    this.locks = new AdvisoryLocks(options.pool);
  }

  /** Events that this relay has published and that the broker has acknowledged, since it was made. */
  get published(): number {
    return this.counted;
  }

  /** Position up to which the log is published, as far as this relay knows. */
  get position(): number {
    return this.at;
  }

  /** Only one relay of a context leads; the others wait for its place. */
  get role(): RelayRole {
    return this.currentRole;
  }

  /** Why it could not go on when it last could not; nothing once it can again. */
  get problem(): string | undefined {
    return this.trouble?.message;
  }

  /** Since when it cannot go on, in milliseconds of `Date.now()`; nothing while it can. */
  get troubledSince(): number | undefined {
    return this.trouble?.since;
  }

  /** It has ended for good: the topic is another log's. */
  get failed(): boolean {
    return this.hasFailed;
  }

  /** Positions between the end of the log and what is published: an upper bound of the events between. */
  async lag(): Promise<number> {
    return Math.max(0, (await this.options.store.head()) - (await this.readCheckpoint()));
  }

  /** Goes on until `close`; trouble is told to `onTrouble`, and it tries again. */
  start(): void {
    this.running ??= this.run();
  }

  /** Lets the request at work end, and gives its place to another. */
  async close(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.running;
    await this.locks.close();
    this.currentRole = 'stopped';
  }

  private async run(): Promise<void> {
    const { store } = this.options;
    const { signal } = this.stopping;
    const lock = `relay ${this.topic}`;
    const forget = store.onAppended(() => {
      this.appended++;
      this.wake();
    });
    for (let attempt = 1; !signal.aborted; attempt++) {
      const lost = await this.locks.acquire(lock, signal);
      if (!lost) break;
      this.currentRole = 'leading';
      try {
        await this.lead(AbortSignal.any([signal, lost]), () => void (attempt = 0));
      } catch (error) {
        this.trouble = { since: this.trouble?.since ?? Date.now(), message: messageOf(error) };
        this.options.onTrouble?.(error);
        // It would not pass by waiting, only be hidden: the log grows.
        this.hasFailed = error instanceof TopicOfAnotherLogError;
      }
      this.currentRole = 'waiting';
      await this.locks.release(lock);
      if (this.hasFailed) break;
      await pause(backOff(attempt), signal);
    }
    forget();
  }

  private async lead(signal: AbortSignal, onProgress: () => void): Promise<void> {
    const { broker, store } = this.options;
    await broker.ensureTopic(this.topic, this.options);
    this.at = await this.startPosition();
    const publisher = await broker.publisher();
    let moving = Promise.resolve();
    try {
      let ahead: Promise<LoggedEvent[]> | undefined;
      while (!signal.aborted) {
        const seen = this.appended;
        const events = await (ahead ?? store.readRaw({ after: this.at, limit: this.batchSize }));
        ahead = undefined;
        const last = events.at(-1);
        if (!last) {
          await moving;
          // Nothing waits: it is well, though it may be long until it publishes again.
          this.trouble = undefined;
          await this.appendedSince(seen, signal);
          continue;
        }
        const begun = performance.now();
        if (events.length === this.batchSize) ahead = store.readRaw({ after: last.position, limit: this.batchSize });
        ahead?.catch(() => undefined);
        await this.publish(publisher, events);
        // The next events do not wait for it, but for the one before.
        await moving;
        moving = this.moveCheckpoint(last.position);
        moving.catch(() => undefined);
        this.at = last.position;
        this.counted += events.length;
        this.trouble = undefined;
        onProgress();
        await rest(events.length === this.batchSize, begun, signal);
      }
    } finally {
      await moving.catch(() => undefined);
      await publisher.close();
    }
  }

  private publish(publisher: Publisher, events: readonly LoggedEvent[]): Promise<void> {
    const messages = events.map(({ subject, json }) => ({ key: subject, value: json, contentType: CLOUD_EVENTS_JSON }));
    return withPublishSpans(this.topic, messages.map(({ value }) => value), () => publisher.publish(this.topic, messages));
  }

  /**
   * The checkpoint; the beginning of the log where the topic is empty, for then it was made anew.
   * @throws TopicOfAnotherLogError
   */
  private async startPosition(): Promise<number> {
    const { broker, store } = this.options;
    const ends = await broker.endOffsets(this.topic);
    if ([...ends.values()].some((end) => end > 0)) {
      await checkSameLog(this.topic, await broker.lastValues(this.topic), store);
      return this.readCheckpoint();
    }
    // Before the first is published: should this relay end just then, the next one must not go on where an earlier topic was.
    await this.moveCheckpoint(0, 'on');
    return 0;
  }

  private async readCheckpoint(): Promise<number> {
    const { rows } = await this.options.pool.query<{ position: string }>('SELECT position FROM relay_checkpoints WHERE context = $1', [
      this.options.store.context,
    ]);
    return Number(rows[0]?.position ?? 0);
  }

  /**
   * After the acknowledgement, never before: an event is then published twice at worst, and consumers skip the second.
   * So it need not wait for the disk either, except where it goes back: a lost step back would leave a gap. The settings
   * last for this one implicit transaction.
   */
  private async moveCheckpoint(position: number, durable: 'on' | 'off' = 'off'): Promise<void> {
    await this.options.pool.query(
      `SET LOCAL synchronous_commit = ${durable};
       INSERT INTO relay_checkpoints (context, position) VALUES (${pg.escapeLiteral(this.options.store.context)}, ${position})
         ON CONFLICT (context) DO UPDATE SET position = excluded.position, at = clock_timestamp()`,
    );
  }

  private async appendedSince(seen: number, signal: AbortSignal): Promise<void> {
    if (this.appended !== seen || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.options.netMs ?? NET_MS);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
      signal.addEventListener('abort', this.wake, { once: true });
    });
  }
}
