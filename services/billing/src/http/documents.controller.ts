import { Controller } from '@nestjs/common';
import { DocumentNumber, Period } from '@pioche/contracts';
import { idOf, refuse } from '@pioche/kernel';
import { Action, type ActionAsked } from '@pioche/service-kit';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { InvoiceRow, invoiceView } from '../read-models/invoices/invoice-view.js';
import { ledger } from '../read-models/ledger/ledger.js';
import { CaughtUp } from './caught-up.js';
import { Documents } from './documents.js';
import { ClosedPeriod, PeriodClose } from './period-close.js';

const ByPeriod = z.object({ period: Period });
const Close = z.object({
  through: z.string().regex(/^scheduling:\d{1,15}$/).optional().meta({
    description: 'Position of scheduling’s log up to which everything has to be metered: it is waited for. Absent: metering must have seen an event that is later than the period.',
    examples: ['scheduling:1234'],
  }),
});
const ById = z.object({ id: idOf('invoice') });
const Credit = z.object({ reason: z.string().min(1) });
const Credited = z.object({ invoice: z.string(), invoice_number: DocumentNumber, number: DocumentNumber.meta({ description: 'Of the credit note.' }) });

@Controller()
export class DocumentsController {
  constructor(
    private readonly periods: PeriodClose,
    private readonly documents: Documents,
    private readonly caughtUp: CaughtUp,
    private readonly db: DataSource,
  ) {}

  @Action({ path: '/periods/{period}:close', summary: 'Draft and finalise one invoice per account with usage in the month. Asked again, it goes on and answers the same.', may: 'operate-billing', params: ByPeriod, body: Close, returns: ClosedPeriod })
  close({ params: { period }, body: { through }, caller, ...tools }: ActionAsked<typeof ByPeriod, typeof Close>) {
    const position = through === undefined ? undefined : Number(through.split(':')[1]);
    return this.periods.close(period, position, caller.subject, tools);
  }

  @Action({ path: '/invoices/{id}:credit', summary: 'Take a final invoice back in full by a credit note; its month may be closed again.', may: 'operate-billing', params: ById, body: Credit, returns: Credited, preconditioned: true })
  async credit({ params: { id }, body: { reason }, expected, ...tools }: ActionAsked<typeof ById, typeof Credit>) {
    await this.documents.credit(id, reason, expected, tools);
    await this.caughtUp.withOwn([invoiceView, ledger]);
    const row = await this.db.getRepository(InvoiceRow).findOneBy({ invoice: id });
    if (!row?.number || !row.credit_note) return refuse('unknown', { invoice: id });
    return { invoice: id, invoice_number: row.number, number: row.credit_note.number };
  }
}
