import { transactionEvents, type LedgerEntry } from '@pioche/contracts';
import { ExactColumn, InstantColumn, projection } from '@pioche/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** One row per ledger account: what it holds. */
@Entity('ledger_account')
export class LedgerAccountRow {
  @PrimaryColumn('text') ledger_account!: string;
  /** Nano-euro; debit positive. */
  @ExactColumn() balance!: bigint;
}

/** One row per transaction. */
@Entity('ledger_transaction')
export class LedgerTransactionRow {
  @PrimaryColumn('text') txn!: string;
  @Column('text') cause!: string;
  /** The usage or invoice that its cause is of: few causes are of the same one, so this finds a cause too. */
  @Index() @Column('text') of!: string;
  @Column('text') kind!: string;
  @InstantColumn() at!: string;
  @Column('jsonb') entries!: LedgerEntry[];
}

export const ledger = projection({ accounts: LedgerAccountRow, transactions: LedgerTransactionRow }, { version: 2, from: transactionEvents }, {
  TransactionPosted({ accounts, transactions }, { subject, data: { cause, kind, at, entries } }) {
    for (const { account, amount_nano } of entries) {
      accounts.upsert({ ledger_account: account }, { balance: 0n }, (row) => ({ balance: row.balance + BigInt(amount_nano) }));
    }
    transactions.put({ txn: subject, cause, of: cause.split('/')[0] ?? cause, kind, at, entries });
  },
});
