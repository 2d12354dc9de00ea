/** What was used: sums for bills and people, and every slice for those who ask why. */
import { invoiceLineKey, usageEvents, type Period, type UsageSlice } from '@pioche/contracts';
import { ExactColumn, projection } from '@pioche/projections';
import { Column, Entity, Index, PrimaryColumn, type DataSource, type FindOptionsWhere } from 'typeorm';
import { monthOf, spanOf } from '../../calendar.js';
import type { Billable } from '../../invoice/lines.js';

/** One row per account, month, invoice line and price version. */
@Entity('usage_total')
@Index(['account', 'period'])
export class UsageTotalRow {
  /** Account, period, `invoiceLineKey` and price version. */
  @PrimaryColumn('text') total!: string;
  @Column('text') account!: string;
  @Index() @Column('text') period!: string;
  @Column('int') price_book_version!: number;
  @Index() @Column('text') tenant!: string;
  @Column('text', { nullable: true }) project!: string | null;
  @Column('text') gpu_model!: string;
  @ExactColumn() nano_per_gpu_second!: bigint;
  /** Exactly milli-GPUs × milliseconds. */
  @ExactColumn() gpu_micro_seconds!: bigint;
  @ExactColumn() amount_nano!: bigint;
  @Column('int') slices!: number;
}

/** One row per rated slice. */
@Entity('usage_slice')
@Index(['account', 'period', 'line'])
export class UsageSliceRow {
  /** Id of its `UsageRated`. */
  @PrimaryColumn('text') event!: string;
  @Column('text') tenant!: string;
  @Column('text') account!: string;
  @Column('text') period!: string;
  @Column('text') line!: string;
  @Column('jsonb') slice!: UsageSlice;
}

export const usageTotals = projection({ totals: UsageTotalRow, slices: UsageSliceRow }, { version: 2, from: usageEvents }, {
  UsageRated({ totals, slices }, { id, data }) {
    const { account, tenant, project = null, gpu_model, nano_per_gpu_second, price_book_version } = data;
    const period = monthOf(data.from);
    const line = invoiceLineKey(data);
    totals.upsert(
      { total: `${account}/${period}/${price_book_version}/${line}` },
      { account, period, price_book_version, tenant, project, gpu_model, nano_per_gpu_second: BigInt(nano_per_gpu_second), gpu_micro_seconds: 0n, amount_nano: 0n, slices: 0 },
      (row) => ({
        gpu_micro_seconds: row.gpu_micro_seconds + BigInt(data.gpu_micro_seconds),
        amount_nano: row.amount_nano + BigInt(data.amount_nano),
        slices: row.slices + 1,
      }),
    );
    slices.put({ event: id, tenant, account, period, line, slice: data });
  },
});

/** Totals that meet these conditions, by account. */
export const usageTotalsOf = (db: DataSource, where: FindOptionsWhere<UsageTotalRow>): Promise<UsageTotalRow[]> =>
  db.getRepository(UsageTotalRow).find({ where, order: { total: 'ASC' } });

/** Slices of one invoice line, with the ids of their events. */
export const slicesOf = (db: DataSource, line: { readonly account: string; readonly period: Period; readonly line: string }): Promise<UsageSliceRow[]> =>
  db.getRepository(UsageSliceRow).findBy(line);

/** A total as an invoice takes it: a sum of slices is worth what they are. */
export const billableOf = (row: UsageTotalRow): Billable => ({
  account: row.account as Billable['account'],
  from: spanOf(row.period).from,
  ...(row.project === null ? {} : { project: row.project as NonNullable<Billable['project']> }),
  gpu_model: row.gpu_model,
  nano_per_gpu_second: row.nano_per_gpu_second.toString(),
  price_book_version: row.price_book_version,
  gpu_micro_seconds: row.gpu_micro_seconds.toString(),
  amount_nano: row.amount_nano.toString(),
});
