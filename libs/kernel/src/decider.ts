/** The shapes of a rule book: what happened (`Fact`), what follows from it (`Decider`), what may be asked (`Command`). */
import type { z } from 'zod';
import type { Instant } from './instant.js';
import type { Id } from './ids.js';

/** A past fact: an event's type and data, without where and when it was recorded. */
export interface Fact<T extends string = string, D = unknown> {
  readonly type: T;
  readonly data: D;
}

/** An aggregate: how its state follows from its events. Pure. */
export interface Decider<S, E extends Fact> {
  /** Its name, kebab-case, singular: also its id's prefix (`-` becomes `_`) and its route (`node` → `/nodes`). */
  readonly name: string;
  readonly initial: S;
  evolve(state: S, event: E): S;
  /** Keep a snapshot of the state (plain JSON) every so many events; `version` changes with the state's shape. */
  readonly snapshots?: { readonly every: number; readonly version: number };
  /** The tenant that this one belongs to, if any: others do not see that it exists. */
  tenantOf?(state: S): string | undefined;
}

/** What comes into a decision from outside, as data. */
export interface Context {
  readonly now: Instant;
  /** The stream that is decided on. */
  readonly id: string;
  /** Who asks: a subject of a token, or `reaction:<name>`. */
  readonly actor: string;
  /** The tenant of who asks; absent for operators and reactions. */
  readonly tenant?: string;
  /** Ids for what the decision makes: the same for a repeated command. */
  newId<const P extends string>(prefix: P): Id<P>;
}

/** One thing that may be asked of an aggregate. Its route, OpenAPI, validation and permission are made from this. */
export interface Command<S, E extends Fact, I extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly summary: string;
  /** The permission (a Cedar action) that the caller needs. */
  readonly may: string;
  readonly input: I;
  /** Makes a new one: `POST /nodes` rather than `POST /nodes/{id}:name`. */
  readonly creates?: boolean;
  /** May begin a stream that does not exist yet; without this an unknown id is refused. */
  readonly upserts?: boolean;
  /** The id of the new stream where it follows from the input: one quota per tenant. */
  identify?(input: z.infer<I>): string;
  /** With `creates`: many at once too, `POST /nodes:batch`. */
  readonly batch?: boolean;
  /** Only reactions issue it: it has no route. */
  readonly internal?: boolean;
  readonly aggregate: Decider<S, E>;
  /** Pure: the events that follow, none when it is already so. @throws Refusal */
  decide(state: S, input: z.infer<I>, context: Context): readonly E[];
}

/** A command of some aggregate, when it does not matter which. */
// oxlint-disable-next-line typescript/no-explicit-any -- erases the state, event and input of a command for lists
export type AnyCommand = Command<any, any, any>;
// oxlint-disable-next-line typescript/no-explicit-any -- erases the state and event of an aggregate for lists
export type AnyDecider = Decider<any, any>;

/** `const { command } = commandsOf(node)`: declares commands of one aggregate without repeating its types. */
export const commandsOf = <S, E extends Fact>(aggregate: Decider<S, E>) => ({
  command: <I extends z.ZodType>(declaration: Omit<Command<S, E, I>, 'aggregate'>): Command<S, E, I> => ({
    ...declaration,
    aggregate,
  }),
});

/** State after these events. */
export const fold = <S, E extends Fact>(decider: Decider<S, E>, events: Iterable<E>, from: S = decider.initial): S => {
  let state = from;
  for (const event of events) state = decider.evolve(state, event);
  return state;
};
