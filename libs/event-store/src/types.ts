import type { Fact, Instant } from '@pioche/kernel';

/** What a stream must be for an append to happen: not there, anything, there, or at exactly this version. */
export type Expected = 'none' | 'any' | 'exists' | number;

export interface StreamWrite {
  readonly stream: string;
  readonly expected: Expected;
  readonly events: readonly Fact[];
  /** The tenant that this stream belongs to, where a request writes to those of several; else that of `meta`. */
  readonly tenant?: string | undefined;
}

/** Where an event comes from. */
export interface EventMeta {
  /** When it happened. */
  readonly time: Instant;
  readonly actor: string;
  readonly correlationId: string;
  readonly causationId: string;
  readonly tenant?: string | undefined;
  readonly traceparent?: string | undefined;
  /** Hash of the request that a client sent: a repeated command id with another one is refused. */
  readonly requestHash?: string | undefined;
}

/** Events for one stream or several, all or nothing. */
export interface AppendRequest {
  /** Who repeats it writes nothing: the events' ids are made from it. */
  readonly commandId: string;
  readonly writes: readonly StreamWrite[];
  readonly meta: EventMeta;
}

export interface Appended {
  /** Position of the request's last event. */
  readonly position: number;
  /** Stream → its version after the append. */
  readonly versions: ReadonlyMap<string, number>;
  /** The command id had been used: nothing was written, and this is what stands in the log. */
  readonly repeated: boolean;
}

/** A stream was not as expected. Nothing of the request was written. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';
  constructor(
    readonly stream: string,
    readonly expected: Expected,
    /** The version it has; 0 when it is not there. */
    readonly actual: number,
  ) {
    super(`stream ${stream} is at version ${actual}, expected ${expected}`);
  }
}

/** A command id was used before for a request with another content. */
export class CommandReusedError extends Error {
  override readonly name = 'CommandReusedError';
  constructor(readonly commandId: string) {
    super(`command id ${commandId} was used for another request`);
  }
}

/** The queue of appends is full: come back later. */
export class StoreBusyError extends Error {
  override readonly name = 'StoreBusyError';
  /** Nothing is wrong with what was asked: it may be tried again. */
  readonly transient = true;
  constructor(readonly waiting: number) {
    super(`${waiting} appends are waiting`);
  }
}
