import { idOf } from '@pioche/kernel';
import { z } from 'zod';
import { events } from '../define.js';
import { DocumentNumber } from './invoice.js';

export const numberSeriesEvents = events('billing', {
  InvoiceNumberAssigned: {
    version: 1,
    meaning: 'The next number of the series belongs to this document; it equals the version of the stream, so none is ever missing.',
    data: z.object({
      invoice: idOf('invoice').meta({ description: 'The invoice, also for a credit note of it.' }),
      series: z.string().regex(/^[A-Z]+-\d{4}$/),
      number: z.int().positive(),
      document_number: DocumentNumber,
    }),
    example: { invoice: 'invoice_01h2xcejqtf2nbrexx3vqjhp41', series: 'PI-2026', number: 1, document_number: 'PI-2026-000001' },
  },
});
