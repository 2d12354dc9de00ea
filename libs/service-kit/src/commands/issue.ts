/** How a process of ours acts: the ids of what it writes follow from the cause, so that a repeat does nothing. */
import { CommandReusedError, ConflictError, metaOf, type AggregateStore, type Appended, type Asked, type EventStore, type Executed, type StreamWrite } from '@pioche/event-store';
import { derivedId, Refusal, type Command, type Context, type Fact, type Instant } from '@pioche/kernel';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';

/** What something follows from. */
export interface Cause {
  /** Makes the ids of commands, together with their target and name. */
  readonly key: readonly string[];
  /** `reaction:<name>`, `timer:<name>`, or a subject. */
  readonly actor: string;
  readonly now: Instant;
  /** Who acts belongs to this tenant: what belongs to another is unknown to it. */
  readonly tenant?: string | undefined;
  /** The tenant that it is about: noted on what is appended. */
  readonly about?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly causationId?: string | undefined;
  readonly traceparent?: string | undefined;
  /** A key that is used again with another request is refused. */
  readonly requestHash?: string | undefined;
}

export interface TellOptions {
  /** On whose behalf, instead of the actor of the cause. */
  readonly as?: string;
  /** Tells several same commands to the same target of one cause apart. */
  readonly nth?: string | number;
  /** When it happened, where that is not the time of the cause. */
  readonly at?: Instant;
  /** The version that the target must have. @throws ConflictError otherwise */
  readonly expected?: number | undefined;
}

/** Issues a command on a stream. @throws Refusal, ConflictError */
export type Tell = <S, E extends Fact, I extends z.ZodType>(command: Command<S, E, I>, id: string, input: z.input<I>, options?: TellOptions) => Promise<Executed>;

/** A question to this context's own read models. */
export type Question<A extends readonly unknown[], T> = (db: DataSource, ...args: A) => Promise<T>;
export type Ask = <A extends readonly unknown[], T>(query: Question<A, T>, ...args: A) => Promise<T>;

/**
 * Writes to several streams, all or nothing. `decide` says what, from what it loads, and is asked again when somebody
 * else was faster. Nothing is written, and the answer is undefined or `repeated`, when it decides nothing or when this
 * cause has written before.
 * @param options.nth tells several appends of one cause apart
 * @param options.tenant that the events belong to; the one that the cause is about when absent
 */
export type Append = (decide: (context: Context) => Promise<readonly StreamWrite[]>, options?: { readonly nth?: string | number; readonly tenant?: string }) => Promise<Appended | undefined>;

/** What reactions, timers and actions work with. */
export interface Tools {
  readonly ask: Ask;
  /** The command's id follows from the cause, the target and the command: a redelivery does nothing. */
  readonly tell: Tell;
  readonly append: Append;
  /** State and version of a stream, as they are now. */
  readonly load: AggregateStore['load'];
  /** When it happened in a simulation, else now. */
  readonly now: Instant;
}

export interface ToolServices {
  readonly aggregates: AggregateStore;
  readonly store: EventStore;
  readonly db: DataSource;
}

const ATTEMPTS = 12;

const askedOf = (cause: Cause, commandId: string): Asked => ({
  commandId,
  actor: cause.actor,
  now: cause.now,
  tenant: cause.tenant,
  correlationId: cause.correlationId,
  causationId: cause.causationId,
  traceparent: cause.traceparent,
  requestHash: cause.requestHash,
});

const commandIdOf = ({ key }: Cause, ...parts: readonly (string | number)[]): string => derivedId('cmd', ...key, ...parts.map(String));

/** A `tell` whose commands all follow from this cause. */
export const tellOf = (aggregates: AggregateStore, cause: Cause): Tell =>
  (command, id, input, { as, nth, at, expected } = {}) =>
    aggregates.execute(command, id, command.input.parse(input), {
      ...askedOf(cause, commandIdOf(cause, id, command.name, ...(nth === undefined ? [] : [nth]))),
      actor: as ?? cause.actor,
      now: at ?? cause.now,
      expected,
    });

/** Tools whose every effect follows from this cause. */
export function toolsOf({ aggregates, store, db }: ToolServices, cause: Cause): Tools {
  return {
    now: cause.now,
    ask: (query, ...args) => query(db, ...args),
    load: (decider, id, at) => aggregates.load(decider, id, at),
    tell: tellOf(aggregates, cause),
    async append(decide, { nth = 0, tenant = cause.about ?? cause.tenant } = {}) {
      const commandId = commandIdOf(cause, 'append', nth);
      for (let attempt = 1; ; attempt += 1) {
        try {
          const writes = await decide(contextOf(cause, commandId));
          if (writes.every(({ events }) => events.length === 0)) {
            await wasDone(store, cause, commandId);
            return undefined;
          }
          const appended = await store.append({ commandId, writes, meta: metaOf(askedOf(cause, commandId), tenant) });
          if (appended.repeated) await wasDone(store, cause, commandId);
          return appended;
        } catch (error) {
          if (error instanceof ConflictError && attempt < ATTEMPTS) continue;
          // What has been done cannot be decided again: a rule may refuse it now, or the version is another.
          if ((error instanceof Refusal || error instanceof ConflictError) && (await wasDone(store, cause, commandId))) return undefined;
          throw error;
        }
      }
    },
  };
}

/** Whether the cause has written this before. @throws CommandReusedError when that was for another request */
async function wasDone(store: EventStore, { requestHash }: Cause, commandId: string): Promise<boolean> {
  const [first] = await store.readCommand(commandId);
  if (first !== undefined && first.requestHash !== requestHash) throw new CommandReusedError(commandId);
  return first !== undefined;
}

/** Ids that a decision makes come from its command's id: a repeat makes the same. */
function contextOf({ now, actor, tenant }: Cause, commandId: string): Context {
  let made = 0;
  return {
    id: commandId,
    now,
    actor,
    ...(tenant === undefined ? {} : { tenant }),
    newId: (prefix) => derivedId(prefix, commandId, String((made += 1))),
  };
}
