import { instant } from '@pioche/kernel';
import { TENANT } from '../../test/fixtures.js';
import { allocationClosed, openAccount, publishPrice, startBilling, type Billing } from '../../test/world.js';
import type { ClosedPeriod } from './period-close.js';

const MONTHS = Array.from({ length: 50 }, (_, month) => instant(Date.UTC(2022, month, 15)));

describe('closing fifty months at once', () => {
  let billing: Billing;
  beforeAll(async () => {
    billing = await startBilling('2026-12-01T02:00:00.000Z');
    await publishPrice(billing, '800000', '2020-01-01T00:00:00.000Z');
    await openAccount(billing, TENANT, { name: 'Météo SAS', country: 'FR' });
    for (const closed of MONTHS) await allocationClosed(billing, closed, { tenant: TENANT, opened: closed.replace('-15T', '-14T'), closed });
  });
  afterAll(() => billing?.stop());

  it('gives every invoice a number, none twice and none left out', async () => {
    const through = `scheduling:${(await billing.log('scheduling')?.head()) ?? 0}`;
    const answers = await Promise.all(MONTHS.map((at) => billing.as('operator').post<ClosedPeriod>(`/periods/${at.slice(0, 7)}:close`, { through })));
    const numbers = answers.flatMap(({ body }) => body.invoices.map(({ number }) => number));
    expect(numbers.toSorted()).toEqual(MONTHS.map((_, index) => `PI-2026-${String(index + 1).padStart(6, '0')}`));
    expect((await billing.as('operator').get('/totals')).body).toMatchObject({ invoices: 50, unbilled_nano: '0', ledger_sum_nano: '0' });
  });
});
