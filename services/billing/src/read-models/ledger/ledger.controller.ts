import { Controller } from '@nestjs/common';
import { LedgerEntry, TransactionKind } from '@pioche/contracts';
import { Instant, NanoEuro, sum, toCents } from '@pioche/kernel';
import { pageOf, pageOfRows, pageQuery, Query, type Asked } from '@pioche/service-kit';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { CaughtUp } from '../../http/caught-up.js';
import { chartEntryOf } from '../../transaction/chart.js';
import { LedgerAccountRow, LedgerTransactionRow, ledger } from './ledger.js';

const Balance = z.object({
  ledger_account: z.string(),
  number: z.string().meta({ description: 'Of the French plan comptable général.' }),
  name: z.string(),
  account: z.string().optional().meta({ description: 'The customer it is of.' }),
  balance_nano: NanoEuro,
  balance_cents: z.int().meta({ description: 'Rounded, for people.' }),
});
const Posted = z.object({ txn: z.string(), cause: z.string(), kind: TransactionKind, at: Instant, entries: z.array(LedgerEntry) });
const Filter = z.object({
  ...pageQuery,
  cause: z.string().max(120).optional().meta({ description: 'What was posted for: a cause, or the id of a usage or an invoice for all of its own.' }),
});

@Controller()
export class LedgerController {
  constructor(
    private readonly db: DataSource,
    private readonly caughtUp: CaughtUp,
  ) {}

  @Query({ path: '/ledger/accounts', summary: 'What each ledger account holds; together it is nothing.', may: 'read-ledger', returns: z.object({ items: z.array(Balance), sum_nano: NanoEuro }), from: [ledger] })
  async accounts({ after }: Asked) {
    await this.caughtUp.with(after, [ledger]);
    const rows = await this.db.getRepository(LedgerAccountRow).find({ order: { ledger_account: 'ASC' } });
    const items = rows.map(({ ledger_account, balance }) => ({
      ledger_account,
      ...entryOf(ledger_account),
      balance_nano: balance.toString(),
      balance_cents: Number(toCents(balance)),
    }));
    return { items, sum_nano: sum(rows.map(({ balance }) => balance)).toString() };
  }

  @Query({ path: '/ledger/transactions', summary: 'Transactions, with their entries.', may: 'read-ledger', query: Filter, returns: pageOf(Posted), from: [ledger] })
  async transactions({ query: { cause, ...query }, after }: Asked<undefined, typeof Filter>) {
    await this.caughtUp.with(after, [ledger]);
    const rows = this.db.getRepository(LedgerTransactionRow);
    const { items, ...rest } = await pageOfRows(rows, 'txn', query, cause === undefined ? {} : { of: cause.split('/')[0] ?? '' }, cause?.includes('/') ? { cause } : {});
    return { items: items.map(({ txn, cause: of, kind, at, entries }) => ({ txn, cause: of, kind: TransactionKind.parse(kind), at, entries })), ...rest };
  }
}

const entryOf = (ledgerAccount: string) => {
  const { number, name, account } = chartEntryOf(ledgerAccount);
  return { number, name, ...(account === undefined ? {} : { account }) };
};
