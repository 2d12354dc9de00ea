import { derivedId } from '@pioche/kernel';
import { eventually } from '@pioche/testing';
import { H100, TENANT } from '../../test/fixtures.js';
import { allocationClosed, allocationOpened, publishPrice, startBilling, timePassed, type Billing } from '../../test/world.js';
import { PRICE_LIST } from '../price-book/price-book.js';
import { usageIdOf } from '../usage/usage.js';

describe('metering', () => {
  let billing: Billing;
  const totals = async () => (await billing.as('operator').get<Record<string, string>>('/totals')).body;
  const eventsOf = async (name: string) => (await billing.service.store.read(usageIdOf(derivedId('allocation', name)))).map(({ type }) => type);

  beforeEach(async () => {
    billing = await startBilling('2026-11-17T00:00:00.000Z');
    await publishPrice(billing, '800000', '2026-01-01T00:00:00.000Z');
  });
  afterEach(() => billing?.stop());

  it('does nothing twice when its own transaction was lost after its appends', async () => {
    const stay = { tenant: TENANT, opened: '2026-11-17T10:00:00.000Z', closed: '2026-11-19T10:00:00.000Z' };
    await allocationOpened(billing, 'lost', stay);
    await allocationOpened(billing, 'open', stay);
    await timePassed(billing, '2026-11-18T01:00:00.000Z');
    await totals();
    await allocationClosed(billing, 'lost', stay);
    const before = await totals();
    const head = await billing.service.store.head();
    await billing.database.pool.query(`DELETE FROM checkpoints WHERE consumer = 'meter-allocations'`);
    await billing.database.pool.query('TRUNCATE open_usages, metering');
    await billing.restart();
    expect(await totals()).toEqual(before);
    expect(await billing.service.store.head()).toBe(head);
    expect(await eventsOf('lost')).toEqual(['UsageOpened', 'UsageRated', 'UsageRated', 'UsageRated', 'UsageClosed']);
    // What is open is known again, and cut at the next midnight.
    await timePassed(billing, '2026-11-20T01:00:00.000Z');
    await totals();
    expect(await eventsOf('open')).toEqual(['UsageOpened', 'UsageRated', 'UsageRated', 'UsageRated']);
  });

  it('takes back what was cut beyond an end that is told late', async () => {
    const stay = { tenant: TENANT, opened: '2026-11-17T10:00:00.000Z', closed: '2026-11-17T11:00:00.000Z' };
    await allocationOpened(billing, 'late', stay);
    await timePassed(billing, '2026-11-18T01:00:00.000Z');
    expect(await totals()).toMatchObject({ metered_gpu_milli_ms: String(14 * 3_600_000 * 8000) });
    await allocationClosed(billing, 'late', stay);
    expect(await totals()).toMatchObject({ metered_gpu_milli_ms: String(3_600_000 * 8000), ledger_sum_nano: '0' });
  });

  it('meters a job that was repaired and preempted, stay by stay: nothing twice, and nothing while it waits', async () => {
    const of = { tenant: TENANT, job: 'gang' };
    const stays = [
      { ...of, opened: '2026-11-17T22:00:00.000Z', closed: '2026-11-18T02:00:00.123Z', gpu_milli: 24_000, reason: 'repaired' },
      { ...of, opened: '2026-11-18T02:00:00.123Z', closed: '2026-11-18T03:00:00.456Z', gpu_milli: 24_000, reason: 'preempted' },
      { ...of, opened: '2026-11-18T05:00:00.789Z', closed: '2026-11-18T06:00:00.789Z', gpu_milli: 24_000, reason: 'succeeded' },
    ] as const;
    for (const [n, stay] of stays.entries()) {
      await allocationOpened(billing, `gang ${n}`, stay);
      await timePassed(billing, '2026-11-18T01:30:00.000Z');
      await allocationClosed(billing, `gang ${n}`, stay);
    }
    const ms = stays.reduce((sum, { opened, closed }) => sum + Date.parse(closed) - Date.parse(opened), 0);
    expect(ms).toBe(6 * 3_600_000 + 456);
    expect(await totals()).toMatchObject({ metered_gpu_milli_ms: String(ms * 24_000), metered_nano: String((ms * 24 * 800_000) / 1000), ledger_sum_nano: '0' });
    expect(await eventsOf('gang 0')).toEqual(['UsageOpened', 'UsageRated', 'UsageRated', 'UsageClosed']);
    expect(await eventsOf('gang 1')).toEqual(['UsageOpened', 'UsageRated', 'UsageClosed']);
  });

  it('parks a close that has no price; redriven once there is one, it is metered', async () => {
    const stay = { tenant: TENANT, opened: '2026-11-15T10:00:00.000Z', closed: '2026-11-16T11:00:00.000Z', gpu_model: 'NVIDIA B200' };
    await allocationOpened(billing, 'unpriced', stay);
    await timePassed(billing, '2026-11-16T01:00:00.000Z');
    await allocationClosed(billing, 'unpriced', stay);
    const operator = billing.as('operator');
    const dead = await eventually(async () => {
      const { items } = (await operator.get<{ items: { id: number; reason: string }[] }>('/dead-letters')).body;
      expect(items).toMatchObject([{ reason: expect.stringContaining('no-price-in-force') }]);
      return items[0];
    }, 20_000);
    expect(await eventsOf('unpriced')).toEqual(['UsageOpened']);

    const prices = [{ gpu_model: H100, nano_per_gpu_second: '800000' }, { gpu_model: stay.gpu_model, nano_per_gpu_second: '1000000' }];
    await operator.done(`/price-books/${PRICE_LIST}:publish`, { effective_from: '2026-02-01T00:00:00.000Z', gpu_prices: prices });
    expect((await operator.post(`/dead-letters/${dead?.id}:redrive`, {})).status).toBe(200);
    expect(await eventsOf('unpriced')).toEqual(['UsageOpened', 'UsageRated', 'UsageRated', 'UsageClosed']);
  });
});
