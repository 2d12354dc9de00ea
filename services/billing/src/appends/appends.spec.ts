import { fold, type Decider, type Fact } from '@pioche/kernel';
import type { BillingDetails } from '@pioche/contracts';
import fc from 'fast-check';
import { ACCOUNT, contextAt, metered, prices, slicesIn, TENANT } from '../../test/fixtures.js';
import { invoice, invoiceIdOf, type Invoice } from '../invoice/invoice.js';
import { contentOf } from '../invoice/lines.js';
import { numberSeries } from '../number-series/number-series.js';
import { usageIdOf } from '../usage/usage.js';
import { closeUsage } from '../usage/usage.commands.js';
import { creditInvoice } from './credit-invoice.js';
import { finaliseInvoice } from './finalise-invoice.js';
import { seriesIdAt } from './number-document.js';
import { usageWrites } from './settle-usage.js';
import type { Loaded, Write } from './write.js';

/** Streams in memory, with the store's rule: all writes of an append, or none. */
class Streams {
  readonly all = new Map<string, Fact[]>();

  /** @returns whether it was appended; false is a conflict */
  append(writes: readonly Write[]): boolean {
    const versionOf = (stream: string) => this.all.get(stream)?.length ?? 0;
    if (writes.some(({ stream, expected }) => versionOf(stream) !== (expected === 'none' ? 0 : expected))) return false;
    for (const { stream, events } of writes) this.all.set(stream, [...(this.all.get(stream) ?? []), ...events]);
    return true;
  }
  load<S, E extends Fact, I extends string>(decider: Decider<S, E>, id: I): Loaded<S> & { readonly id: I } {
    const events = (this.all.get(id) ?? []) as E[];
    return { id, state: fold(decider, events), version: events.length };
  }
  data<D>(type: string): D[] {
    return [...this.all.values()].flat().filter((fact) => fact.type === type).map(({ data }) => data as D);
  }
}

const usageEvents = closeUsage.decide(
  { status: 'unknown' },
  { ...metered, opened_at: '2026-11-17T10:00:00.000Z', closed_at: '2026-11-17T11:00:00.000Z', cause: 'evt', prices: [...prices] },
  contextAt('2026-11-17T11:00:00.000Z'),
);
const customer: BillingDetails = { name: 'x', country: 'FR' };
const content = contentOf({ account: ACCOUNT, tenant: TENANT, customer, period: '2026-11', slices: slicesIn(usageEvents) });
const context = contextAt('2026-12-01T06:00:00.000Z');

/** A store with this many drafts, one per revision. */
function drafts(count: number) {
  const streams = new Streams();
  const ids = Array.from({ length: count }, (_, index) => invoiceIdOf(ACCOUNT, '2026-11', index + 1));
  for (const stream of ids) streams.append([{ stream, expected: 'none', events: [{ type: 'InvoiceDrafted', data: content }] }]);
  return { streams, ids };
}
const numbersOf = (streams: Streams): string[] => streams.data<{ number: string }>('InvoiceFinalised').map(({ number }) => number);

describe('settling usage', () => {
  it('appends the slices and their transactions together; a second time is a conflict', () => {
    const streams = new Streams();
    const writes = usageWrites({ id: usageIdOf(metered.allocation), version: 0 }, usageEvents);
    expect(writes.map(({ expected }) => expected)).toEqual(['none', 'none']);
    expect(streams.append(writes)).toBe(true);
    expect(streams.append(writes)).toBe(false);
    expect(streams.data('TransactionPosted')).toHaveLength(1);
  });

  it('writes nothing when nothing happened', () => expect(usageWrites({ id: 'usage_x', version: 3 }, [])).toEqual([]));
});

describe('finalising invoices', () => {
  const decide = (streams: Streams, id: ReturnType<typeof invoiceIdOf>) =>
    finaliseInvoice({ invoice: streams.load<Invoice, never, typeof id>(invoice, id), series: streams.load(numberSeries, seriesIdAt('invoice', context)) }, context);

  it('writes the invoice, its number and its posting', () => {
    const { streams, ids } = drafts(1);
    expect(streams.append(decide(streams, ids[0]!))).toBe(true);
    expect(numbersOf(streams)).toEqual(['PI-2026-000001']);
    expect(streams.data<{ kind: string }>('TransactionPosted')).toMatchObject([{ kind: 'invoice' }]);
  });

  it('leaves no gap and gives no number twice, whoever decides on what was read before, and whoever is killed', () =>
    fc.assert(
      fc.property(fc.array(fc.record({ which: fc.nat(4), stale: fc.nat(2), killed: fc.boolean() }), { maxLength: 40 }), (attempts) => {
        const { streams, ids } = drafts(5);
        const decided: Write[][] = [];
        for (const { which, stale, killed } of attempts) {
          const id = ids[which]!;
          if (streams.load(invoice, id).state.status === 'draft') decided.push(decide(streams, id));
          if (!killed) streams.append(decided.at(-1 - stale) ?? []);
        }
        const numbers = numbersOf(streams).sort();
        expect(numbers).toEqual(numbers.map((_, index) => `PI-2026-${String(index + 1).padStart(6, '0')}`));
        expect(streams.data('InvoiceNumberAssigned')).toHaveLength(numbers.length);
      }),
    ));

  it('is taken back under a number of the credit notes’ own series', () => {
    const { streams, ids } = drafts(1);
    const id = ids[0]!;
    streams.append(decide(streams, id));
    const load = () => ({ invoice: streams.load(invoice, id), series: streams.load(numberSeries, seriesIdAt('credit-note', context)) });
    expect(streams.append(creditInvoice(load(), 'late usage', context))).toBe(true);
    expect(streams.data('CreditNoteIssued')).toMatchObject([{ number: 'CN-2026-000001', invoice_number: 'PI-2026-000001' }]);
    expect(() => creditInvoice(load(), 'again', context)).toThrow('transition-not-allowed');
  });
});
