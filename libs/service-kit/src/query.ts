/** Hand-written routes: what a controller's method answers, declared beside it. */
import type { ContextName } from '@pioche/contracts';
import type { Instant } from '@pioche/kernel';
import type { Projection } from '@pioche/projections';
import type { z } from 'zod';
import type { Tools } from './commands/issue.js';
import type { Caller } from './auth/principal.js';

/** What a query's method receives. */
export interface Asked<P extends z.ZodType | undefined = undefined, Q extends z.ZodType | undefined = undefined> {
  readonly params: P extends z.ZodType ? z.output<P> : Record<string, never>;
  readonly query: Q extends z.ZodType ? z.output<Q> : Record<string, never>;
  readonly caller: Caller;
  readonly now: Instant;
  /** What the client has seen, for queries that wait by themselves. */
  readonly after: ReadonlyMap<ContextName, number>;
}

/** What an action's method receives. What it writes follows from who asks, the Idempotency-Key and the route. */
export interface ActionAsked<P extends z.ZodType | undefined = undefined, B extends z.ZodType | undefined = undefined>
  extends Omit<Asked<P>, 'query' | 'after'>, Tools {
  readonly body: B extends z.ZodType ? z.output<B> : Record<string, never>;
  /** The Idempotency-Key. */
  readonly key: string;
  /** Of If-Match, where the action is preconditioned: the version that the client has read; undefined for any. */
  readonly expected: number | undefined;
}

interface Declared {
  /** As in OpenAPI: `/racks/{rack}/nodes`. */
  readonly path: string;
  readonly summary: string;
}
type Who = { readonly may: string; readonly public?: never } | { readonly public: true; readonly may?: never };

export type QueryDeclaration = Declared & Who & {
  readonly params?: z.ZodObject | undefined;
  readonly query?: z.ZodObject | undefined;
  readonly returns: z.ZodType;
  /** Not JSON but this media type: `returns` is then a string or bytes, sent as they are. */
  readonly media?: string;
  /** The read models it answers from: only these are waited for. Absent: all of the context. */
  readonly from?: readonly Projection[];
};

export type ActionDeclaration = Declared & Who & {
  readonly params?: z.ZodObject | undefined;
  readonly body?: z.ZodType | undefined;
  readonly returns: z.ZodType;
  /** HTTP status of success; 200 when absent. */
  readonly status?: 200 | 201 | 202;
  /**
   * Its body repeats harmlessly by itself: no Idempotency-Key is asked for. Each item has a key, which the method gives
   * to `tell` and `append` as `nth`.
   */
  readonly keyInBody?: boolean;
  /** It changes one thing whose version the client has read: If-Match is asked for. */
  readonly preconditioned?: boolean;
};

export type Endpoint =
  | { readonly kind: 'query'; readonly method: string; readonly declaration: QueryDeclaration }
  | { readonly kind: 'action'; readonly method: string; readonly declaration: ActionDeclaration };

type Schemas<D, K extends string> = D extends { readonly [key in K]: infer S extends z.ZodType } ? S : undefined;
/** A method that takes what the declaration says and answers what it says. */
interface Method<A, D extends { readonly returns: z.ZodType }> {
  value?: ((asked: A) => Promise<z.input<D['returns']>>) | undefined;
}

const endpoints = new WeakMap<object, Endpoint[]>();

/** The endpoints that a controller class declares. */
export const endpointsOf = (controller: { readonly prototype: object }): readonly Endpoint[] => endpoints.get(controller.prototype) ?? [];

function note(prototype: object, endpoint: Endpoint): void {
  endpoints.set(prototype, [...(endpoints.get(prototype) ?? []), endpoint]);
}

/** `GET path`: permission, validation, Pioche-After, OpenAPI come from the declaration. */
export const Query =
  <const D extends QueryDeclaration>(declaration: D) =>
  (prototype: object, method: string, _method: Method<Asked<Schemas<D, 'params'>, Schemas<D, 'query'>>, D>): void =>
    note(prototype, { kind: 'query', method, declaration });

/** `POST path`: for what is not one command of one aggregate, for instance an agent's report. */
export const Action =
  <const D extends ActionDeclaration>(declaration: D) =>
  (prototype: object, method: string, _method: Method<ActionAsked<Schemas<D, 'params'>, Schemas<D, 'body'>>, D>): void =>
    note(prototype, { kind: 'action', method, declaration });
