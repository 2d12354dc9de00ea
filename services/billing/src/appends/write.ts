/** Appends that cover several streams, all or nothing: the shape the event store takes. */
import type { Fact } from '@pioche/kernel';
import { transactionIdOf } from '../transaction/transaction.js';
import type { Posting } from '../transaction/postings.js';

export interface Write {
  readonly stream: string;
  /** The version it was decided on: another one is a conflict. */
  readonly expected: 'none' | number;
  readonly events: readonly Fact[];
}

/** A stream as it was when a decision was made on it; version 0: it does not exist. */
export interface Loaded<S> {
  readonly id: string;
  readonly state: S;
  readonly version: number;
}

export const writeTo = ({ id, version }: Pick<Loaded<unknown>, 'id' | 'version'>, events: readonly Fact[]): Write => ({
  stream: id,
  expected: version === 0 ? 'none' : version,
  events,
});

/** A posting on the stream of its cause, which must be new: a second one is a conflict. */
export const writePosting = (posting: Posting): Write => ({
  stream: transactionIdOf(posting.cause),
  expected: 'none',
  events: [{ type: 'TransactionPosted', data: posting }],
});
