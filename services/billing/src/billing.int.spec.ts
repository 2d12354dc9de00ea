/** From scheduling’s events to paid invoices, over HTTP, on the real service. */
import { derivedId } from '@pioche/kernel';
import { eventually } from '@pioche/testing';
import { H100, PROJECT } from '../test/fixtures.js';
import { allocationClosed, allocationOpened, openAccount, publishPrice, startBilling, timePassed, type Billing } from '../test/world.js';
import type { ClosedPeriod } from './http/period-close.js';
import { usageIdOf } from './usage/usage.js';

const [METEO, BERG, ALPEN, STRANGER] = ['météo', 'berg', 'alpen', 'stranger'].map((name) => derivedId('tenant', name)) as [string, string, string, string];
const NOVEMBER = '2026-11';
/** Nano-euro of so many seconds of eight GPUs. */
const eightGpus = (seconds: number, nano: bigint) => ((BigInt(Math.round(seconds * 1000)) * 8n * nano) / 1000n).toString();

interface Page<T> { readonly items: readonly T[] }
type Fields = Readonly<Record<string, unknown>>;

describe('a month of two prices and three countries', () => {
  let billing: Billing;
  let accounts: Record<'meteo' | 'berg' | 'alpen', string>;
  const operator = () => billing.as('operator');
  const list = async (path: string, tenant?: string) => (await (tenant === undefined ? operator() : billing.as('tenant_admin', tenant)).get<Page<Fields>>(path)).body.items;
  const totals = async (period = NOVEMBER) => (await operator().get<Record<string, string | number>>(`/totals?period=${period}`)).body;
  const close = (body: object = {}) => operator().post<ClosedPeriod & { readonly code?: string }>(`/periods/${NOVEMBER}:close`, body);
  const longStay = { tenant: METEO, project: PROJECT, opened: '2026-11-10T22:00:00.000Z', closed: '2026-11-12T02:00:00.000Z' };
  const atTheEnd = { tenant: BERG, opened: '2026-11-30T20:00:00.000Z', closed: '2026-12-01T04:00:00.000Z' };

  beforeAll(async () => {
    billing = await startBilling('2026-11-01T00:00:00.000Z');
    await publishPrice(billing, '800000', '2026-01-01T00:00:00.000Z');
    await publishPrice(billing, '833361', '2026-11-17T12:34:56.789Z');
    accounts = {
      meteo: await openAccount(billing, METEO, { name: 'Météo SAS', country: 'FR', vat_id: 'FR40303265045' }),
      berg: await openAccount(billing, BERG, { name: 'Berg GmbH', country: 'DE', vat_id: 'DE136695976' }),
      alpen: await openAccount(billing, ALPEN, { name: 'Alpen AG', country: 'CH' }),
    };
  });
  afterAll(() => billing?.stop());

  it('shows the price list, its id and hourly prices; as it was, too', async () => {
    const { body } = await operator().get<Fields>('/price-books');
    expect(body).toMatchObject({ price_list: derivedId('price_book', 'list'), items: [{ versions: [{ version: 1 }, { version: 2, gpu_prices: [{ gpu_model: H100, nano_per_gpu_hour: '3000099600' }] }] }] });
    expect((await operator().get<Fields>('/price-books?as_of=2026-10-01T00:00:00Z')).body['items']).toEqual([]);
  });

  it('cuts what is open at a midnight when scheduling’s time has passed it by an hour', async () => {
    await allocationOpened(billing, 'long', longStay);
    await timePassed(billing, '2026-11-11T00:59:59.999Z');
    expect(await list('/usage')).toEqual([]);
    await timePassed(billing, '2026-11-11T01:00:00.000Z');
    expect(await list('/usage')).toMatchObject([{ tenant: METEO, project: PROJECT, period: NOVEMBER, slices: 1, amount_nano: eightGpus(2 * 3600, 800_000n) }]);
    await allocationClosed(billing, 'long', longStay);
    expect(await list('/usage')).toMatchObject([{ slices: 3, amount_nano: eightGpus(28 * 3600, 800_000n), gpu_milli_ms: String(28 * 3_600_000 * 8000) }]);
  });

  it('rates each side of a price change at its own price', async () => {
    const stay = { tenant: METEO, opened: '2026-11-17T12:00:00.000Z', closed: '2026-11-17T13:00:00.000Z' };
    await allocationOpened(billing, 'change', stay);
    await allocationClosed(billing, 'change', stay);
    const before = 34 * 60 + 56.789;
    expect((await list(`/usage?tenant=${METEO}`)).filter((one) => one['project'] === undefined)).toMatchObject([
      { price_book_version: 1, amount_nano: eightGpus(before, 800_000n) },
      { price_book_version: 2, amount_nano: eightGpus(3600 - before, 833_361n) },
    ]);
  });

  it('tells a budget’s thresholds once each', async () => {
    await operator().done(`/accounts/${accounts.berg}:setBudget`, { amount_nano: eightGpus(10_000, 833_361n), period: 'month' });
    for (const [n, closed] of ['2026-11-20T01:30:00.000Z', '2026-11-20T02:30:00.000Z'].entries()) {
      const stay = { tenant: BERG, opened: '2026-11-20T00:30:00.000Z', closed };
      await allocationOpened(billing, `budget ${n}`, stay);
      await allocationClosed(billing, `budget ${n}`, stay);
    }
    await eventually(async () => expect(await list('/budgets', BERG)).toMatchObject([{ reached_percent: 100, period: NOVEMBER, spent_nano: eightGpus(3 * 3600, 833_361n) }]));
    const told = (await billing.service.store.read(accounts.berg)).filter(({ type }) => type === 'BudgetThresholdReached').map(({ data }) => data as Fields);
    expect(told.map(({ percent }) => percent)).toEqual([50, 80, 100]);
    expect(told.map(({ stop_placements }) => stop_placements)).toEqual([false, false, true]);
    expect(await list('/budgets', METEO)).toEqual([]);
  });

  it('does not close a month that is not over, nor one whose usage is not complete', async () => {
    await allocationOpened(billing, 'swiss', { tenant: ALPEN, opened: '2026-11-21T10:00:00.000Z', gpu_milli: 125 });
    await allocationClosed(billing, 'swiss', { tenant: ALPEN, opened: '2026-11-21T10:00:00.000Z', closed: '2026-11-21T11:00:00.001Z', gpu_milli: 125 });
    const unknown = { tenant: STRANGER, opened: '2026-11-22T10:00:00.000Z', closed: '2026-11-22T11:00:00.000Z' };
    await allocationOpened(billing, 'stranger', unknown);
    await allocationClosed(billing, 'stranger', unknown);
    await allocationOpened(billing, 'end', atTheEnd);
    expect(await list(`/usage?tenant=${STRANGER}`)).toHaveLength(1);
    expect((await close()).body).toMatchObject({ code: 'period-not-over' });
    billing.advance('2026-12-01T02:00:00.000Z');
    expect(await close()).toMatchObject({ status: 409, body: { code: 'usage-not-complete', details: { ends: '2026-12-01T00:00:00.000Z', metered_until: '2026-11-30T20:00:00.000Z' } } });
    expect(await list('/invoices')).toEqual([]);
  });

  it('goes on where it was killed between draft and final, leaves no gap, and answers fifty at once alike', async () => {
    const { store } = billing.service;
    const append = store.append.bind(store);
    let finals = 0;
    store.append = (request) =>
      request.writes.some(({ events }) => events.some(({ type }) => type === 'InvoiceFinalised')) && (finals += 1) > 1 ? Promise.reject(new Error('killed')) : append(request);
    const through = { through: `scheduling:${(await billing.log('scheduling')?.head()) ?? 0}` };
    expect((await close(through)).status).toBe(500);
    await eventually(async () => expect((await list('/invoices')).map(({ status }) => String(status)).toSorted()).toEqual(['draft', 'final']));
    await billing.restart();

    const answers = await Promise.all(Array.from({ length: 50 }, () => close(through)));
    expect(new Set(answers.map(({ status, body }) => `${status} ${JSON.stringify(body)}`)).size).toBe(1);
    const { invoices, not_invoiced } = answers[0]!.body;
    expect(invoices.map(({ number }) => number).sort()).toEqual(['PI-2026-000001', 'PI-2026-000002', 'PI-2026-000003']);
    expect(not_invoiced).toEqual([{ account: expect.any(String), tenant: STRANGER, reason: 'no-account', amount_nano: eightGpus(3600, 833_361n) }]);
  });

  it('charges the VAT of each country, on lines rounded once', async () => {
    const of = async (account: string) => (await list(`/invoices?account=${account}&period=${NOVEMBER}`))[0]!;
    const whole = async (account: string) => (await operator().get<Record<string, Fields>>(`/invoices/${(await of(account))['invoice'] as string}`)).body;
    // 28 h at 2.88 €/h × 8 = 645.12 €; 2096.789 s = 13.419 €; 1503.211 s at 3.0001 €/h = 10.022 €
    expect(await whole(accounts.meteo)).toMatchObject({ net: { amount: 64512 + 1342 + 1002 }, vat: { amount: 13371 }, gross: { amount: 80227 }, vat_treatment: { category: 'S', rate_bp: 2000 } });
    // three hours, and four of the last evening up to midnight
    expect(await whole(accounts.berg)).toMatchObject({ net: { amount: 16801 }, vat: { amount: 0 }, gross: { amount: 16801 }, vat_treatment: { category: 'AE' }, lines: [{ exact_nano: eightGpus(7 * 3600, 833_361n) }] });
    expect(await whole(accounts.alpen)).toMatchObject({ net: { amount: 38 }, vat: { amount: 0 }, vat_treatment: { category: 'G' } });
  });

  it('agrees in usage, invoices and ledger; what nobody was invoiced for is unbilled', async () => {
    const november = await totals();
    const unbilled = eightGpus(3600, 833_361n);
    expect(november).toMatchObject({ invoices: 3, unbilled_nano: unbilled, ledger_unbilled_nano: unbilled, ledger_sum_nano: '0', lines_cents: november['invoices_net_cents'] });
    expect(BigInt(november['lines_nano']!) + BigInt(unbilled)).toBe(BigInt(november['metered_nano']!));
    expect(november['ledger_receivable_nano']).toBe(String(BigInt(november['invoices_gross_cents']!) * 10_000_000n));
    const { body } = await operator().get<{ items: { balance_nano: string }[]; sum_nano: string }>('/ledger/accounts');
    expect(body.sum_nano).toBe('0');
    expect(body.items.reduce((sum, { balance_nano }) => sum + BigInt(balance_nano), 0n)).toBe(0n);
  });

  it('explains a line down to scheduling’s events', async () => {
    const [{ invoice }] = (await list(`/invoices?account=${accounts.meteo}`)) as [{ invoice: string }];
    const { lines } = (await operator().get<{ lines: { line: number; project?: string }[] }>(`/invoices/${invoice}`)).body;
    const line = lines.find(({ project }) => project === PROJECT)?.line;
    const { body } = await operator().get<{ slices: { event: string; causes: string[]; from: string }[]; unexplained_nano: string }>(`/invoices/${invoice}/lines/${line}/explain`);
    expect(body.unexplained_nano).toBe('0');
    expect(body.slices.map(({ from }) => from)).toEqual([longStay.opened, '2026-11-11T00:00:00.000Z', '2026-11-12T00:00:00.000Z']);
    const caused = (await billing.log('scheduling')!.read(derivedId('job', 'long'))).map(({ id }) => id);
    expect(body.slices.at(-1)?.causes).toEqual(caused);
    const rated = (await billing.service.store.read(usageIdOf(derivedId('allocation', 'long')))).filter(({ type }) => type === 'UsageRated');
    expect(body.slices.map(({ event }) => event)).toEqual(rated.map(({ id }) => id));
    expect((await operator().get(`/invoices/${invoice}/lines/99/explain`)).status).toBe(404);
  });

  it('leaves a final invoice as it is when usage is learnt late, and shows it as unbilled', async () => {
    const before = await totals();
    await allocationClosed(billing, 'end', atTheEnd);
    const late = { tenant: METEO, opened: '2026-11-29T10:00:00.000Z', closed: '2026-11-29T11:00:00.000Z' };
    await allocationClosed(billing, 'late', late);
    const after = await totals();
    expect(BigInt(after['unbilled_nano']!) - BigInt(before['unbilled_nano']!)).toBe(BigInt(eightGpus(3600, 833_361n)));
    expect(after['lines_nano']).toBe(before['lines_nano']);
    expect((await close()).body.invoices).toHaveLength(3);
    expect(await totals()).toEqual(after);
    expect(await totals('2026-12')).toMatchObject({ metered_nano: eightGpus(4 * 3600, 833_361n), invoices: 0 });
  });

  it('credits an invoice under a number of its own; the month is then invoiced again with what was late', async () => {
    const [{ invoice, number }] = (await list(`/invoices?account=${accounts.meteo}`)) as [{ invoice: string; number: string }];
    const request = () => operator().post<Fields>(`/invoices/${invoice}:credit`, { reason: 'late usage' }, { match: 2, key: 'credit' });
    const credited = await request();
    expect(credited).toMatchObject({ status: 200, body: { invoice, invoice_number: number, number: 'CN-2026-000001' } });
    expect((await request()).body).toEqual(credited.body);
    expect((await operator().post(`/invoices/${invoice}:credit`, { reason: 'again' })).body.code).toBe('transition-not-allowed');
    expect(await totals()).toMatchObject({ invoices: 2 });

    const { invoices } = (await close()).body;
    expect(invoices.find(({ account }) => account === accounts.meteo)).toMatchObject({ number: 'PI-2026-000004', net: { amount: 64512 + 1342 + 1002 + 2400 } });
    const november = await totals();
    expect(november).toMatchObject({ invoices: 3, unbilled_nano: eightGpus(3600, 833_361n), ledger_sum_nano: '0' });
    expect(november['ledger_receivable_nano']).toBe(String(BigInt(november['invoices_gross_cents']!) * 10_000_000n));
  });

  it('posts a payment once', async () => {
    const [bill] = (await list(`/invoices?account=${accounts.alpen}`)) as [{ invoice: string; gross: object }];
    await operator().done(`/invoices/${bill.invoice}:pay`, { amount: bill.gross, paid_at: '2026-12-01T01:00:00.000Z', reference: 'SEPA 1' });
    await eventually(async () => {
      const posted = await list(`/ledger/transactions?cause=${bill.invoice}`);
      expect(posted.map(({ kind }) => String(kind)).toSorted()).toEqual(['invoice', 'payment']);
    });
    const books = (await operator().get<{ items: { ledger_account: string; balance_cents: number }[] }>('/ledger/accounts')).body.items;
    expect(books.find(({ ledger_account }) => ledger_account === 'bank')?.balance_cents).toBe(38);
    expect(books.find(({ ledger_account }) => ledger_account === `receivable:${accounts.alpen}`)?.balance_cents).toBe(0);
    expect((await list(`/invoices?account=${accounts.alpen}`))[0]).toMatchObject({ status: 'paid', paid_at: '2026-12-01T01:00:00.000Z' });
  });

  it('shows a tenant its own usage, invoices, budgets and account, and no ledger', async () => {
    const own = billing.as('tenant_admin', BERG);
    expect((await list('/usage', BERG)).every(({ tenant }) => tenant === BERG)).toBe(true);
    expect(await list(`/usage?tenant=${METEO}`, BERG)).toEqual([]);
    expect((await list('/invoices', BERG)).map(({ account }) => account)).toEqual([accounts.berg]);
    expect((await list('/accounts', BERG)).map(({ account }) => account)).toEqual([accounts.berg]);
    expect((await own.get(`/accounts/${accounts.meteo}`)).status).toBe(404);
    const [foreign] = (await list(`/invoices?account=${accounts.meteo}`)) as [{ invoice: string }];
    expect((await own.get(`/invoices/${foreign.invoice}`)).status).toBe(404);
    expect((await own.get(`/invoices/${foreign.invoice}/lines/1/explain`)).status).toBe(404);
    for (const path of ['/ledger/accounts', '/ledger/transactions', '/totals']) expect((await own.get(path)).status).toBe(403);
    expect((await own.post(`/periods/${NOVEMBER}:close`, {})).status).toBe(403);
    expect((await billing.as('auditor').get('/totals')).status).toBe(200);
  });
});
