import { idOf, Instant, Money, NanoEuro } from '@pioche/kernel';
import { z } from 'zod';
import { events } from '../define.js';
import { AccountId, BillingDetails } from './account.js';

/** A calendar month in UTC. */
export const Period = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/).meta({ description: 'A month in UTC, YYYY-MM.', examples: ['2026-11'] });
export type Period = z.infer<typeof Period>;

/** Categories of UNCL 5305 as EN 16931 uses them: standard, reverse charge, export. */
export const VatTreatment = z.object({
  category: z.enum(['S', 'AE', 'G']),
  rate_bp: z.int().nonnegative().meta({ description: 'Basis points: 2000 is 20 %.' }),
  reason: z.string().optional().meta({ description: 'Why no VAT is charged, as the invoice must say it.' }),
});
export type VatTreatment = z.infer<typeof VatTreatment>;

export const InvoiceLine = z.object({
  line: z.int().positive(),
  project: idOf('project').optional(),
  gpu_model: z.string(),
  nano_per_gpu_second: NanoEuro,
  price_book_versions: z.array(z.int().positive()).min(1),
  gpu_micro_seconds: z.string().meta({ description: 'Exact quantity, in millionths of a GPU-second.' }),
  exact_nano: NanoEuro.meta({ description: 'Sum of the amounts of its slices.' }),
  net: Money.meta({ description: 'The exact amount rounded once, half away from zero, to the cent.' }),
});
export type InvoiceLine = z.infer<typeof InvoiceLine>;

/** What an invoice says, draft or final. */
export const InvoiceContent = z.object({
  account: AccountId,
  tenant: idOf('tenant'),
  period: Period,
  customer: BillingDetails,
  lines: z.array(InvoiceLine),
  exact_nano: NanoEuro.meta({ description: 'Sum of the lines before rounding.' }),
  net: Money,
  vat_treatment: VatTreatment,
  vat: Money,
  gross: Money,
});
export type InvoiceContent = z.infer<typeof InvoiceContent>;

/** `PI-2026-000001`: the series and the number in it. */
export const DocumentNumber = z.string().regex(/^[A-Z]+-\d{4}-\d{6,}$/);

const eur = (amount: number) => ({ amount, currency: 'EUR' as const });
const content = {
  account: 'account_01h2xcejqtf2nbrexx3vqjhp41',
  tenant: 'tenant_01h2xcejqtf2nbrexx3vqjhp41',
  period: '2026-11',
  customer: { name: 'Météo Alpine SAS', country: 'FR', vat_id: 'FR40303265045' },
  lines: [
    {
      line: 1,
      project: 'project_01h2xcejqtf2nbrexx3vqjhp41',
      gpu_model: 'NVIDIA H100 80GB HBM3',
      nano_per_gpu_second: '800000',
      price_book_versions: [1],
      gpu_micro_seconds: '28800000000',
      exact_nano: '23040000000',
      net: eur(2304),
    },
  ],
  exact_nano: '23040000000',
  net: eur(2304),
  vat_treatment: { category: 'S', rate_bp: 2000 },
  vat: eur(461),
  gross: eur(2765),
} satisfies z.input<typeof InvoiceContent>;

export const invoiceEvents = events('billing', {
  InvoiceDrafted: {
    version: 1,
    meaning: 'This is what the period costs as known now; a later draft takes its place.',
    data: InvoiceContent,
    example: content,
  },
  InvoiceFinalised: {
    version: 1,
    meaning: 'The invoice has its number and is never changed again; only a credit note takes it back.',
    data: InvoiceContent.extend({ number: DocumentNumber, issued_at: Instant, due_at: Instant }),
    example: { ...content, number: 'PI-2026-000001', issued_at: '2026-12-01T06:00:00.000Z', due_at: '2026-12-31T06:00:00.000Z' },
  },
  InvoicePaid: {
    version: 1,
    meaning: 'The whole gross amount has arrived.',
    data: z.object({ number: DocumentNumber, account: AccountId, amount: Money, paid_at: Instant, reference: z.string() }),
    example: {
      number: 'PI-2026-000001',
      account: 'account_01h2xcejqtf2nbrexx3vqjhp41',
      amount: eur(2765),
      paid_at: '2026-12-12T09:30:00.000Z',
      reference: 'SEPA 2026-12-12 0042',
    },
  },
  CreditNoteIssued: {
    version: 1,
    meaning: 'The invoice is taken back in full, under a number of its own; its period may be invoiced again.',
    data: z.object({
      number: DocumentNumber,
      invoice_number: DocumentNumber,
      account: AccountId,
      tenant: idOf('tenant'),
      period: Period,
      reason: z.string().min(1),
      exact_nano: NanoEuro,
      net: Money,
      vat: Money,
      gross: Money,
      issued_at: Instant,
    }),
    example: {
      number: 'CN-2026-000001',
      invoice_number: 'PI-2026-000001',
      account: 'account_01h2xcejqtf2nbrexx3vqjhp41',
      tenant: 'tenant_01h2xcejqtf2nbrexx3vqjhp41',
      period: '2026-11',
      reason: 'usage of 30 November learnt after the invoice',
      exact_nano: '23040000000',
      net: eur(2304),
      vat: eur(461),
      gross: eur(2765),
      issued_at: '2026-12-03T08:00:00.000Z',
    },
  },
});
