import { derivedId } from '@pioche/kernel';
import { eventually } from '@pioche/testing';
import { TENANT } from '../../test/fixtures.js';
import { allocationClosed, allocationOpened, publishPrice, startBilling, timePassed, type Billing } from '../../test/world.js';
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

  it('parks a close that has no price, with the reason', async () => {
    const stay = { tenant: TENANT, opened: '2025-12-01T10:00:00.000Z', closed: '2025-12-01T11:00:00.000Z' };
    await allocationOpened(billing, 'unpriced', stay);
    await allocationClosed(billing, 'unpriced', stay);
    const dead = await eventually(async () => {
      const { rows } = await billing.database.pool.query<{ reason: string }>('SELECT reason FROM dead_letters');
      expect(rows).toHaveLength(1);
      return rows[0];
    }, 20_000);
    expect(dead?.reason).toContain('no-price-in-force');
    expect(await eventsOf('unpriced')).toEqual(['UsageOpened']);
  });
});
