import { given } from '@pioche/testing';
import fc from 'fast-check';
import { ACCOUNT, contextAt, metered, prices, PROJECT, slicesIn, TENANT } from '../../test/fixtures.js';
import { closeUsage } from '../usage/usage.commands.js';
import { explain } from './explain.js';
import { invoice, type InvoiceEvent } from './invoice.js';
import { credit, draft, finalise, pay } from './invoice.commands.js';
import { contentOf, linesOf, stillHolds } from './lines.js';

const slices = slicesIn(
  closeUsage.decide(
    { status: 'unknown' },
    { ...metered, opened_at: '2026-11-16T22:00:00.000Z', closed_at: '2026-12-01T01:00:00.000Z', cause: 'evt_close', prices: [...prices] },
    contextAt('2026-12-01T06:00:00.000Z'),
  ),
);
const customer = { name: 'Météo Alpine SAS', country: 'FR' };
const toInvoice = { account: ACCOUNT, tenant: TENANT, customer, period: '2026-11', slices };
const content = contentOf(toInvoice);
const drafted: InvoiceEvent = { type: 'InvoiceDrafted', data: content };
const DECEMBER = '2026-12-01T06:00:00.000Z';
const number = 'PI-2026-000001';

describe('the lines of a period', () => {
  it('are one per project, GPU model and price, within the period only', () => {
    expect(content.lines).toMatchObject([
      { line: 1, project: PROJECT, nano_per_gpu_second: '800000', price_book_versions: [1] },
      { line: 2, project: PROJECT, nano_per_gpu_second: '833361', price_book_versions: [2] },
    ]);
    // 22:00 to the change of price at 12:34:56.789 is 52,496.789 s on 8 GPUs at 800,000 nano-euro.
    expect(content.lines[0]).toMatchObject({ gpu_micro_seconds: '419974312000', exact_nano: '335979449600', net: { amount: 33_598 } });
    expect(linesOf({ ...toInvoice, period: '2026-12' })).toMatchObject([{ gpu_micro_seconds: '28800000000' }]);
  });

  it('are the same in whatever order slices come', () =>
    fc.assert(fc.property(fc.shuffledSubarray(slices, { minLength: slices.length }), (shuffled) => expect(contentOf({ ...toInvoice, slices: shuffled })).toEqual(content))));

  it('hold until a slice of the period comes late', () => {
    expect(stillHolds(content, slices)).toBe(true);
    expect(stillHolds(content, [...slices, { ...slices[0]!, slice: 99 }])).toBe(false);
    expect(stillHolds(content, [...slices, { ...slices[0]!, slice: 99, from: '2026-12-01T00:00:00.000Z' }])).toBe(true);
  });

  it('leave out what was wholly taken back', () => {
    const [first] = slices;
    const back = { ...first!, slice: 99, gpu_micro_seconds: `-${first!.gpu_micro_seconds}`, amount_nano: `-${first!.amount_nano}` };
    expect(linesOf({ ...toInvoice, slices: [first!, back] })).toEqual([]);
  });

  it.each([
    ['5000000', 1],
    ['4999999', 0],
    ['14999999', 1],
    ['15000000', 2],
    ['-5000000', -1],
  ])('round %s nano-euro half away from zero to %d cent', (amount_nano, cents) =>
    expect(linesOf({ ...toInvoice, slices: [{ ...slices[0]!, amount_nano }] })).toMatchObject([{ net: { amount: cents } }]));

  it('carry VAT on their sum, once', () => {
    const net = content.lines.reduce((total, line) => total + line.net.amount, 0);
    expect(content.net.amount).toBe(net);
    expect(content.vat.amount).toBe(Math.round(net * 0.2));
    expect(content.gross.amount).toBe(net + content.vat.amount);
    expect(contentOf({ ...toInvoice, customer: { name: 'x', country: 'DE', vat_id: 'DE136695976' } })).toMatchObject({
      vat: { amount: 0 },
      vat_treatment: { category: 'AE' },
    });
  });
});

describe('an invoice', () => {
  const final: readonly InvoiceEvent[] = [drafted, ...given(invoice, [drafted]).when(finalise, { number }, { now: DECEMBER }).events()];

  it('may be drafted again until it is final; the same draft says nothing', () => {
    given(invoice).when(draft, content).then(drafted);
    given(invoice, [drafted]).when(draft, content).then();
    given(invoice, final).when(draft, content).refuses('transition-not-allowed', { allowed: ['pay', 'credit'] });
  });

  it('is final with a number and a due date', () =>
    expect(final[1]).toMatchObject({ type: 'InvoiceFinalised', data: { number, issued_at: DECEMBER, due_at: '2026-12-31T06:00:00.000Z' } }));

  it('is not final before its period is over, nor when it comes to nothing', () => {
    given(invoice, [drafted]).when(finalise, { number }, { now: '2026-11-30T23:59:59.999Z' }).refuses('period-not-over', { ends: '2026-12-01T00:00:00.000Z' });
    given(invoice, [{ type: 'InvoiceDrafted', data: contentOf({ ...toInvoice, slices: [] }) }])
      .when(finalise, { number }, { now: DECEMBER })
      .refuses('nothing-to-invoice');
  });

  it('is paid by its whole gross amount', () => {
    const payment = { amount: content.gross, paid_at: DECEMBER, reference: 'SEPA 42' };
    given(invoice, final).when(pay, payment, { now: DECEMBER }).thenMatching({ type: 'InvoicePaid', data: { number, account: ACCOUNT } });
    given(invoice, final).when(pay, { ...payment, amount: { amount: 1, currency: 'EUR' } }).refuses('payment-not-the-gross');
    given(invoice, final).when(pay, { ...payment, paid_at: '2027-01-01T00:00:00Z' }, { now: DECEMBER }).refuses('payment-in-the-future');
    given(invoice, [drafted]).when(pay, payment).refuses('transition-not-allowed', { allowed: ['draft', 'finalise'] });
  });

  it('is taken back in full by one credit note', () => {
    const note = { number: 'CN-2026-000001', reason: 'late usage' };
    const credited = given(invoice, final).when(credit, note).events();
    expect(credited).toMatchObject([{ type: 'CreditNoteIssued', data: { invoice_number: number, gross: content.gross } }]);
    given(invoice, [...final, ...credited]).when(credit, note).refuses('transition-not-allowed', { allowed: [] });
  });
});

describe('explaining a line', () => {
  const recorded = slices.map((data) => ({ id: `evt_${data.slice}`, data }));

  it('names the slices, events, price versions and the rounding that made it', () => {
    const explanation = explain(content.lines[0]!, '2026-11', recorded);
    expect(explanation.slices.map(({ event }) => event)).toEqual(['evt_1', 'evt_2']);
    expect(explanation.slices[0]).toMatchObject({ causes: ['evt_close'], price_book_version: 1, gpu_milli: 8000 });
    expect(explanation).toMatchObject({ hourly_nano: '2880000000', unexplained_nano: '0', rounding: { rounding_nano: '550400' } });
  });

  it('says when slices have come since', () =>
    expect(explain(content.lines[0]!, '2026-11', [...recorded, recorded[0]!]).unexplained_nano).toBe(slices[0]!.amount_nano));
});
