import { invoiceEvents } from '@pioche/contracts';
import { ExactColumn, InstantColumn, projection } from '@pioche/projections';
import { Column, Entity, In, Index, PrimaryColumn, type DataSource, type FindOptionsWhere } from 'typeorm';

@Entity('invoice_view')
@Index(['period', 'tenant'])
export class InvoiceRow {
  @PrimaryColumn('text') number!: string;
  @Column('text') tenant!: string;
  @Column('text') period!: string;
  @InstantColumn() issued_at!: string;
  /** A credit note has taken it back. */
  @Column('bool') credited!: boolean;
}

@Entity('invoice_line_view')
export class InvoiceLineRow {
  @PrimaryColumn('text') number!: string;
  @PrimaryColumn('int') line!: number;
  @Column('text') tenant!: string;
  @Column('text', { nullable: true }) project!: string | null;
  @ExactColumn() nano!: bigint;
  @ExactColumn() cents!: bigint;
}

/** What billing has invoiced, to compare with what was burnt. */
export const invoiced = projection({ invoices: InvoiceRow, lines: InvoiceLineRow }, { version: 2, from: invoiceEvents }, {
  InvoiceFinalised: ({ invoices, lines }, { data: { number, tenant, period, issued_at, lines: said } }) => {
    invoices.put({ number, tenant, period, issued_at, credited: false });
    for (const { line, project = null, exact_nano, net } of said) lines.put({ number, line, tenant, project, nano: BigInt(exact_nano), cents: BigInt(net.amount) });
  },
  CreditNoteIssued: ({ invoices }, { data: { invoice_number } }) => invoices.patch({ number: invoice_number }, { credited: true }),
});

export interface Invoiced {
  readonly invoices: readonly InvoiceRow[];
  readonly lines: readonly InvoiceLineRow[];
}

/** Invoices of a period that stand, with their lines. */
export const invoicesOf = (db: DataSource, where: { readonly tenant?: string }, period: string): Promise<Invoiced> =>
  withLines(db, { ...where, period, credited: false });

/** An invoice, credited or not. */
export async function invoiceNumbered(db: DataSource, number: string): Promise<{ invoice: InvoiceRow; lines: readonly InvoiceLineRow[] } | undefined> {
  const { invoices: [invoice], lines } = await withLines(db, { number });
  return invoice && { invoice, lines };
}

async function withLines(db: DataSource, where: FindOptionsWhere<InvoiceRow>): Promise<Invoiced> {
  const invoices = await db.getRepository(InvoiceRow).findBy(where);
  const lines = await db.getRepository(InvoiceLineRow).find({ where: { number: In(invoices.map(({ number }) => number)) }, order: { number: 'ASC', line: 'ASC' } });
  return { invoices, lines };
}
