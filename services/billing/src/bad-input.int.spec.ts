import { derivedId } from '@pioche/kernel';
import { describeBadInput, type Example } from '@pioche/testing/service';
import { H100, TENANT } from '../test/fixtures.js';
import { allocationClosed, openAccount, publishPrice, startBilling, type Billing } from '../test/world.js';
import { PRICE_LIST } from './price-book/price-book.js';

const NOVEMBER = { opened: '2026-11-17T10:00:00.000Z', closed: '2026-11-17T11:00:00.000Z' };
const OCTOBER = { opened: '2026-10-17T10:00:00.000Z', closed: '2026-10-17T11:00:00.000Z' };

describe('billing', () => {
  let billing: Billing;
  let account: string;
  const through = async () => ({ through: `scheduling:${await billing.log('scheduling')?.head()}` });
  /** A final invoice of a month. */
  const invoiceOf = async (month: '2026-09' | '2026-10'): Promise<{ invoice: string; gross: object }> => {
    await billing.as('operator').post(`/periods/${month}:close`, await through());
    return (await billing.as('operator').get<{ items: [{ invoice: string; gross: object }] }>(`/invoices?period=${month}`)).body.items[0];
  };

  beforeAll(async () => {
    billing = await startBilling('2026-12-01T02:00:00.000Z');
    await publishPrice(billing, '800000', '2026-01-01T00:00:00.000Z');
    account = await openAccount(billing, TENANT, { name: 'Météo SAS', country: 'FR' });
    await allocationClosed(billing, 'september', { tenant: TENANT, opened: '2026-09-17T10:00:00.000Z', closed: '2026-09-17T11:00:00.000Z' });
    await allocationClosed(billing, 'october', { tenant: TENANT, ...OCTOBER });
    await allocationClosed(billing, 'november', { tenant: TENANT, ...NOVEMBER });
  });
  afterAll(() => billing?.stop());

  describeBadInput(() => billing, {
    '/price-books/{id}:publish': {
      params: { id: PRICE_LIST },
      body: { effective_from: '2027-01-01T00:00:00.000Z', gpu_prices: [{ gpu_model: H100, nano_per_gpu_second: '900000' }] },
      upserts: true,
    },
    '/accounts': { body: { tenant: derivedId('tenant', 'another'), name: 'Berg GmbH', country: 'DE', contract: { stop_at_budget: false } } },
    '/accounts/{id}:changeBillingDetails': async () => ({ params: { id: account }, body: { name: 'Météo Alpine SAS', country: 'FR' } }),
    '/accounts/{id}:setBudget': async () => ({ params: { id: account }, body: { amount_nano: '1000000000', period: 'month' } }),
    '/periods/{period}:close': async () => ({ params: { period: '2026-11' }, body: await through(), other: { through: 'scheduling:1' } }),
    '/invoices/{id}:pay': async (): Promise<Example> => {
      const { invoice, gross } = await invoiceOf('2026-10');
      return { params: { id: invoice }, body: { amount: gross, paid_at: '2026-12-01T01:00:00.000Z', reference: 'SEPA 1' } };
    },
    '/invoices/{id}:credit': async () => ({ params: { id: (await invoiceOf('2026-09')).invoice }, body: { reason: 'a mistake' } }),
  });
});
