import { invoiceEvents, type InvoiceContent } from '@pioche/contracts';
import { sum } from '@pioche/kernel';
import { ExactColumn, InstantColumn, projection } from '@pioche/projections';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

export interface CreditNote {
  readonly number: string;
  readonly reason: string;
  readonly issued_at: string;
}

/** One row per invoice, draft or final. */
@Entity('invoice_view')
@Index(['period', 'status'])
export class InvoiceRow {
  @PrimaryColumn('text') invoice!: string;
  @Index() @Column('text') account!: string;
  @Column('text') tenant!: string;
  @Column('text') period!: string;
  @Column('text') status!: 'draft' | 'final' | 'paid' | 'credited';
  @Column('text', { nullable: true }) number!: string | null;
  @InstantColumn({ nullable: true }) issued_at!: string | null;
  @InstantColumn({ nullable: true }) due_at!: string | null;
  @InstantColumn({ nullable: true }) paid_at!: string | null;
  @Column('jsonb', { nullable: true }) credit_note!: CreditNote | null;
  @Column('jsonb') content!: InvoiceContent;
  // What totals add up, taken out of the content.
  @ExactColumn() gpu_micro_seconds!: bigint;
  @ExactColumn() exact_nano!: bigint;
  @ExactColumn() lines_cents!: bigint;
  @ExactColumn() net_cents!: bigint;
  @ExactColumn() vat_cents!: bigint;
  @ExactColumn() gross_cents!: bigint;
}

const contentColumns = (content: InvoiceContent) => ({
  account: content.account,
  tenant: content.tenant,
  period: content.period,
  content,
  gpu_micro_seconds: sum(content.lines.map((line) => BigInt(line.gpu_micro_seconds))),
  exact_nano: sum(content.lines.map((line) => BigInt(line.exact_nano))),
  lines_cents: sum(content.lines.map((line) => BigInt(line.net.amount))),
  net_cents: BigInt(content.net.amount),
  vat_cents: BigInt(content.vat.amount),
  gross_cents: BigInt(content.gross.amount),
});

export const invoiceView = projection(InvoiceRow, { version: 1, from: invoiceEvents }, {
  InvoiceDrafted: (rows, { subject, data }) =>
    rows.put({ invoice: subject, status: 'draft', number: null, issued_at: null, due_at: null, paid_at: null, credit_note: null, ...contentColumns(data) }),
  InvoiceFinalised(rows, { subject, data: { number, issued_at, due_at, ...content } }) {
    rows.put({ invoice: subject, status: 'final', number, issued_at, due_at, paid_at: null, credit_note: null, ...contentColumns(content) });
  },
  InvoicePaid: (rows, { subject, data }) => rows.patch({ invoice: subject }, { status: 'paid', paid_at: data.paid_at }),
  CreditNoteIssued: (rows, { subject, data: { number, reason, issued_at } }) =>
    rows.patch({ invoice: subject }, { status: 'credited', credit_note: { number, reason, issued_at } }),
});
