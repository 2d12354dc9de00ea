/** Load → decide → append. */
import { derivedId, fold, refuse, Refusal, type Command, type Context, type Decider, type Fact, type Instant } from '@pioche/kernel';
import { LRUCache } from 'lru-cache';
import type pg from 'pg';
import type { z } from 'zod';
import { Snapshots } from './snapshots.js';
import type { EventStore, StoredByCommand } from './store.js';
import { Turns } from './turns.js';
import { CommandReusedError, ConflictError, type Expected } from './types.js';

/** Who asks, when, and under which id. */
export interface Asked {
  readonly commandId: string;
  readonly actor: string;
  readonly now: Instant;
  /** The caller's tenant: what belongs to another one is unknown to it. */
  readonly tenant?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly causationId?: string | undefined;
  readonly traceparent?: string | undefined;
  /** The version the caller has seen (`If-Match`). Without it a conflict is decided again. */
  readonly expected?: number | undefined;
  readonly requestHash?: string | undefined;
  /** Decide, write nothing. */
  readonly validateOnly?: boolean | undefined;
}

export interface Executed {
  readonly id: string;
  readonly version: number;
  /** Position of its last event; 0 when there was nothing to write. */
  readonly position: number;
  readonly events: readonly Fact[];
  readonly repeated: boolean;
}

interface Loaded<S> {
  readonly state: S;
  readonly version: number;
}

/** How often a decision is taken again when others write the same stream. */
const ATTEMPTS = 12;
const CACHED_STATES = 50_000;

export class AggregateStore {
  private readonly cache = new LRUCache<string, Loaded<unknown>>({ max: CACHED_STATES });
  private readonly snapshots: Snapshots;
  /** Decisions on one stream follow each other here, so that only other processes can cause a conflict. */
  private readonly turns = new Turns();

  constructor(
    private readonly store: EventStore,
    pool: pg.Pool,
  ) {
    this.snapshots = new Snapshots(pool);
  }

  /**
   * Decides a command on a stream and appends what follows. A repeated command id answers what it answered first.
   * @throws Refusal by a rule; `unknown`, `already-exists`; ConflictError when `expected` is not the version;
   *   CommandReusedError when the id was used for another request
   */
  execute<S, E extends Fact, I extends z.ZodType>(command: Command<S, E, I>, id: string, input: z.infer<I>, asked: Asked): Promise<Executed> {
    return this.turns.take(id, () => this.decide(command, id, input, asked));
  }

  /** State and version of a stream, now or as it was. */
  async load<S, E extends Fact>(decider: Decider<S, E>, id: string, at: { asOf?: Instant | undefined } = {}): Promise<Loaded<S>> {
    const known = at.asOf === undefined ? (this.cached<S>(id) ?? (await this.snapshots.latest(decider, id))) : undefined;
    const from = known ?? { state: decider.initial, version: 0 };
    const events = await this.store.read(id, { after: from.version, asOf: at.asOf });
    const loaded = { state: fold(decider, events as readonly Fact[] as readonly E[], from.state), version: from.version + events.length };
    if (at.asOf === undefined && loaded.version > 0) this.cache.set(id, loaded);
    return loaded;
  }

  /** State and version of several streams as they are now, in one question. */
  async loadAll<S, E extends Fact>(decider: Decider<S, E>, ids: Iterable<string>): Promise<Map<string, Loaded<S>>> {
    const known = new Map<string, Loaded<S>>();
    for (const id of new Set(ids)) known.set(id, this.cached<S>(id) ?? (await this.snapshots.latest(decider, id)) ?? { state: decider.initial, version: 0 });
    const newer = await this.store.readStreams(new Map([...known].map(([id, { version }]) => [id, version])));
    for (const [id, events] of newer) {
      const from = known.get(id) ?? { state: decider.initial, version: 0 };
      const loaded = { state: fold(decider, events as readonly Fact[] as readonly E[], from.state), version: from.version + events.length };
      known.set(id, loaded);
      this.cache.set(id, loaded);
    }
    return known;
  }

  /** Takes over what somebody here who wrote to the stream without a command knows of it; an older version is no news. */
  learn<S>(id: string, loaded: Loaded<S>): void {
    if (loaded.version > (this.cached(id)?.version ?? 0)) this.cache.set(id, loaded);
  }

  private async decide<S, E extends Fact, I extends z.ZodType>(command: Command<S, E, I>, id: string, input: z.infer<I>, asked: Asked): Promise<Executed> {
    let loaded = this.cached<S>(id) ?? (command.creates ? { state: command.aggregate.initial, version: 0 } : await this.load(command.aggregate, id));
    let fresh = loaded.version === 0 && command.creates !== true;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.attempt(command, id, input, asked, loaded);
      } catch (error) {
        const stale = error instanceof ConflictError;
        if (!stale && !(error instanceof Refusal)) throw error;
        if (!stale && fresh) return await this.repeatedOr(error, id, asked);
        if (stale && (asked.expected !== undefined || attempt === ATTEMPTS)) return await this.repeatedOr(error, id, asked);
        // A refusal from a remembered state counts only when the log says the same.
        loaded = await this.load(command.aggregate, id);
        fresh = true;
      }
    }
  }

  private cached<S>(id: string): Loaded<S> | undefined {
    return this.cache.get(id) as Loaded<S> | undefined;
  }

  private async attempt<S, E extends Fact, I extends z.ZodType>(command: Command<S, E, I>, id: string, input: z.infer<I>, asked: Asked, loaded: Loaded<S>): Promise<Executed> {
    const { aggregate } = command;
    const exists = loaded.version > 0;
    if (command.creates ? exists : !exists && !command.upserts) refuse(exists ? 'already-exists' : 'unknown', { id });
    const owner = aggregate.tenantOf?.(loaded.state);
    if (asked.tenant !== undefined && owner !== undefined && owner !== asked.tenant) refuse('unknown', { id });
    if (asked.expected !== undefined && asked.expected !== loaded.version) throw new ConflictError(id, asked.expected, loaded.version);

    const events = this.store.readAgain(command.decide(loaded.state, input, contextOf(id, asked)));
    const nothing = { id, version: loaded.version, position: 0, events, repeated: false };
    if (asked.validateOnly) return nothing;
    if (events.length === 0) return (await this.doneBefore(id, asked)) ?? nothing;

    const tenant = aggregate.tenantOf?.(fold(aggregate, events, loaded.state)) ?? owner;
    const appended = await this.store.append({
      commandId: asked.commandId,
      writes: [{ stream: id, expected: expectedOf(command, loaded.version), events }],
      meta: metaOf(asked, tenant),
    });
    if (appended.repeated) return this.answerAgain(id, asked);
    const version = appended.versions.get(id) ?? loaded.version;
    this.remember(aggregate, id, { state: fold(aggregate, events, loaded.state), version }, loaded.version);
    return { id, version, position: appended.position, events, repeated: false };
  }

  private remember<S, E extends Fact>(decider: Decider<S, E>, id: string, loaded: Loaded<S>, before: number): void {
    this.cache.set(id, loaded);
    const every = decider.snapshots?.every;
    if (every && Math.floor(loaded.version / every) > Math.floor(before / every)) void this.snapshots.take(decider, id, loaded);
  }

  /** A refusal or conflict of a command that has in fact been done is answered as it was then. */
  private async repeatedOr(error: unknown, id: string, asked: Asked): Promise<Executed> {
    const done = await this.doneBefore(id, asked);
    if (done === undefined) throw error;
    return done;
  }

  private async doneBefore(id: string, asked: Asked): Promise<Executed | undefined> {
    const events = await this.store.readCommand(asked.commandId);
    return events.length === 0 ? undefined : this.answerAgain(id, asked, events);
  }

  private async answerAgain(id: string, asked: Asked, stored?: readonly StoredByCommand[]): Promise<Executed> {
    const events = stored ?? (await this.store.readCommand(asked.commandId));
    const last = events.at(-1);
    if (!last || last.subject !== id || last.requestHash !== asked.requestHash) throw new CommandReusedError(asked.commandId);
    return { id, version: last.version, position: last.position, events: events.map(({ type, data }) => ({ type, data })), repeated: true };
  }
}

/** A creating command meets no one; another writes at the version its decision is based on. */
const expectedOf = (command: { creates?: boolean }, version: number): Expected => (command.creates || version === 0 ? 'none' : version);

export const metaOf = (asked: Asked, tenant: string | undefined) => ({
  time: asked.now,
  actor: asked.actor,
  correlationId: asked.correlationId ?? asked.commandId,
  causationId: asked.causationId ?? asked.commandId,
  ...(tenant !== undefined && { tenant }),
  ...(asked.traceparent !== undefined && { traceparent: asked.traceparent }),
  ...(asked.requestHash !== undefined && { requestHash: asked.requestHash }),
});

/** Ids that a decision makes come from its command's id: a repeated command makes the same. */
export const contextOf = (id: string, asked: Pick<Asked, 'commandId' | 'actor' | 'now' | 'tenant'>): Context => {
  let made = 0;
  return {
    id,
    now: asked.now,
    actor: asked.actor,
    ...(asked.tenant !== undefined && { tenant: asked.tenant }),
    newId: (prefix) => derivedId(prefix, asked.commandId, id, String((made += 1))),
  };
};
