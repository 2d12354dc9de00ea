import { commandsOf, derivedId, refuse, sum, unreachable, type Decider, type Id } from '@pioche/kernel';
import { transactionEvents, type FactOf } from '@pioche/contracts';

export type TransactionEvent = FactOf<typeof transactionEvents>;
export type Transaction = { readonly status: 'unknown' } | { readonly status: 'posted'; readonly cause: string };

/** The transaction of a cause: each has one, so that posting twice posts once. Stream prefix `txn`. */
export const transactionIdOf = (cause: string): Id<'txn'> => derivedId('txn', cause);

export const transaction: Decider<Transaction, TransactionEvent> = {
  name: 'transaction',
  initial: { status: 'unknown' },
  evolve(_state, event) {
    switch (event.type) {
      case 'TransactionPosted':
        return { status: 'posted', cause: event.data.cause };
      default:
        return unreachable(event.type);
    }
  },
};

export const post = commandsOf(transaction).command({
  name: 'post',
  summary: 'Post entries for a cause; posted before, nothing happens.',
  may: 'operate-billing',
  internal: true,
  upserts: true,
  input: transactionEvents.events.TransactionPosted.data,
  decide(state, posting) {
    if (state.status === 'posted') return [];
    const difference = sum(posting.entries.map(({ amount_nano }) => BigInt(amount_nano)));
    if (difference !== 0n) refuse('transaction-unbalanced', { difference_nano: difference.toString() });
    return [{ type: 'TransactionPosted', data: posting }];
  },
});

export const transactionCommands = [post] as const;
