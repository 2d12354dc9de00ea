import { Instant, NanoEuro } from '@pioche/kernel';
import { z } from 'zod';
import { events } from '../define.js';

export const LedgerEntry = z.object({
  account: z.string().min(1).meta({ description: 'Ledger account, with its owner where it has one: receivable:account_01h…' }),
  amount_nano: NanoEuro.meta({ description: 'Debit positive, credit negative.' }),
});
export type LedgerEntry = z.infer<typeof LedgerEntry>;

export const TransactionKind = z.enum(['usage', 'invoice', 'payment', 'credit-note']);

export const transactionEvents = events('billing', {
  TransactionPosted: {
    version: 1,
    meaning: 'The ledger has moved; the entries sum to zero.',
    data: z.object({
      cause: z.string().min(1).meta({ description: 'What it was posted for; posted once.' }),
      kind: TransactionKind,
      at: Instant.meta({ description: 'When what it accounts for happened.' }),
      entries: z.array(LedgerEntry).min(2),
    }),
    example: {
      cause: 'usage_01h2xcejqtf2nbrexx3vqjhp41/1',
      kind: 'usage',
      at: '2026-11-17T11:00:00.000Z',
      entries: [
        { account: 'unbilled:account_01h2xcejqtf2nbrexx3vqjhp41', amount_nano: '23040000000' },
        { account: 'revenue_unbilled', amount_nano: '-23040000000' },
      ],
    },
  },
});
