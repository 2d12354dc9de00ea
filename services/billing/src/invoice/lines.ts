/** From rated slices to what an invoice says. The only place where money is rounded to the cent. */
import { isDeepStrictEqual } from 'node:util';
import { divideHalfAway, eur, sum, toCents, type Id } from '@pioche/kernel';
import { invoiceLineKey, type BillingDetails, type InvoiceContent, type InvoiceLine, type Period, type UsageSlice } from '@pioche/contracts';
import { vatTreatmentOf } from '../account/vat.js';
import { monthOf } from '../calendar.js';

/** What a line needs to know of usage: of one slice, or of many that are summed up by line and price version. */
export type Billable = Pick<UsageSlice, 'account' | 'from' | 'project' | 'gpu_model' | 'nano_per_gpu_second' | 'price_book_version' | 'gpu_micro_seconds' | 'amount_nano'>;

/** What is invoiced: slices of one account, in any order; those of other accounts or periods are left out. */
export interface ToInvoice {
  readonly account: Id<'account'>;
  readonly tenant: Id<'tenant'>;
  readonly customer: BillingDetails;
  readonly period: Period;
  readonly slices: Iterable<Billable>;
}

const byText = (a = '', b = ''): number => (a < b ? -1 : Number(a > b));

/** A slice belongs to the period it begins in: slices end at midnights, so it is all in it. */
const belongs = (slice: Billable, { account, period }: Pick<ToInvoice, 'account' | 'period'>): boolean =>
  slice.account === account && monthOf(slice.from) === period;

function lineOf(slices: readonly Billable[], first: Billable): Omit<InvoiceLine, 'line'> {
  const exact = sum(slices.map(({ amount_nano }) => BigInt(amount_nano)));
  return {
    ...(first.project === undefined ? {} : { project: first.project }),
    gpu_model: first.gpu_model,
    nano_per_gpu_second: first.nano_per_gpu_second,
    price_book_versions: [...new Set(slices.map(({ price_book_version }) => price_book_version))].sort((a, b) => a - b),
    gpu_micro_seconds: sum(slices.map(({ gpu_micro_seconds }) => BigInt(gpu_micro_seconds))).toString(),
    exact_nano: exact.toString(),
    net: eur(toCents(exact)),
  };
}

/** One line per project × GPU model × price, in that order; what was wholly taken back has none. */
export function linesOf(toInvoice: Pick<ToInvoice, 'account' | 'period' | 'slices'>): InvoiceLine[] {
  const groups = new Map<string, [Billable, ...Billable[]]>();
  for (const slice of toInvoice.slices) {
    if (!belongs(slice, toInvoice)) continue;
    const key = invoiceLineKey(slice);
    const group = groups.get(key);
    if (group) group.push(slice);
    else groups.set(key, [slice]);
  }
  return [...groups.values()]
    .map((group) => lineOf(group, group[0]))
    .filter(({ gpu_micro_seconds, exact_nano }) => gpu_micro_seconds !== '0' || exact_nano !== '0')
    .sort(
      (a, b) =>
        byText(a.project, b.project) ||
        byText(a.gpu_model, b.gpu_model) ||
        Number(BigInt(a.nano_per_gpu_second) - BigInt(b.nano_per_gpu_second)),
    )
    .map((line, index) => ({ line: index + 1, ...line }));
}

/**
 * Whether the invoice says what these slices cost. A final one that does not is to be credited and the period
 * invoiced again.
 */
export const stillHolds = (content: InvoiceContent, slices: Iterable<Billable>): boolean =>
  isDeepStrictEqual(linesOf({ ...content, slices }), content.lines);

/** The whole content. Net is the sum of rounded lines; VAT is rounded once, on the net (EN 16931 BR-CO-10, BR-CO-17). */
export function contentOf(toInvoice: ToInvoice): InvoiceContent {
  const { account, tenant, period, customer } = toInvoice;
  const lines = linesOf(toInvoice);
  const vatTreatment = vatTreatmentOf(customer);
  const net = sum(lines.map(({ net }) => BigInt(net.amount)));
  const vat = divideHalfAway(net * BigInt(vatTreatment.rate_bp), 10_000n);
  return {
    account,
    tenant,
    period,
    customer,
    lines,
    exact_nano: sum(lines.map(({ exact_nano }) => BigInt(exact_nano))).toString(),
    net: eur(net),
    vat_treatment: vatTreatment,
    vat: eur(vat),
    gross: eur(net + vat),
  };
}
