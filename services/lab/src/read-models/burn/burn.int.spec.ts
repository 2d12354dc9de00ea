import { invoiceEvents, type UsageSlice } from '@pioche/contracts';
import { idOf, newId, sum, toCents, type Id } from '@pioche/kernel';
import { eventually } from '@pioche/testing';
import { startForTest, type Client, type ServiceUnderTest } from '@pioche/testing/service';
import { OTHER_TENANT, rated } from '../../../test/usage.js';
import { LabModule } from '../../lab.module.js';

const ProjectId = idOf('project');
const { InvoiceFinalised, CreditNoteIssued } = invoiceEvents.events;
interface Burnt { readonly project: string | null; readonly nano: string; readonly cents: number; readonly invoiced_cents: number | null; readonly difference_cents: number | null }
interface Statement extends Burnt { readonly items: readonly Burnt[] }

describe('burn: compute cost as it happens', () => {
  let service: ServiceUnderTest;
  let admin: Client;
  let a: Id<'project'>;
  let b: Id<'project'>;

  let tenant: Id<'tenant'>;

  beforeAll(async () => {
    service = await startForTest(LabModule, { logs: ['scheduling', 'billing'], now: '2026-11-19T00:00:00.000Z' });
  });
  afterAll(async () => service?.stop());
  beforeEach(async () => {
    tenant = newId('tenant');
    admin = service.as('tenant_admin', tenant);
    const { id: programme } = await admin.done('/programmes', { name: 'Open weather models', goal: 'A forecast at 1 km' });
    [a, b] = [await start(programme, 'A1'), await start(programme, 'B1')];
  });

  const start = async (programme: string, code: string) => ProjectId.parse((await admin.done('/projects', { programme, name: code, code })).id);
  const usage = (...slices: Partial<UsageSlice>[]) => service.happened('billing', newId('usage'), slices.map((slice) => rated({ tenant, ...slice })));
  const statement = async (query = 'period=2026-11') => (await admin.get<Statement>(`/burn?${query}`)).body;

  /** The lines that billing would make of these: by project, model and price. */
  const invoice = (number: string, lines: readonly { project?: Id<'project'>; nano: bigint }[]) => ({
    type: 'InvoiceFinalised',
    data: {
      ...InvoiceFinalised.data.parse(InvoiceFinalised.example),
      tenant,
      number,
      issued_at: '2026-12-01T06:00:00.000Z',
      lines: lines.map(({ project, nano }, index) => ({ line: index + 1, project, gpu_model: 'H100', nano_per_gpu_second: '800000', price_book_versions: [1], gpu_micro_seconds: '1', exact_nano: String(nano), net: { amount: Number(toCents(nano)), currency: 'EUR' } })),
    },
  });

  it('adds up by project, takes back what was rated too far, and rounds once per invoice line', async () => {
    await usage(
      { project: a, amount_nano: '23040000000', gpu_micro_seconds: '28800000000' },
      { project: a, amount_nano: '4000000', gpu_micro_seconds: '5', from: '2026-11-18T00:00:00.000Z' },
      { project: a, amount_nano: '-1000000', gpu_micro_seconds: '-1', from: '2026-11-18T00:00:00.000Z' },
      { project: a, amount_nano: '4000000', gpu_micro_seconds: '5', nano_per_gpu_second: '900000' },
      { project: b, amount_nano: '123456789012345678901', gpu_micro_seconds: '7' },
      { project: undefined, amount_nano: '10000000', gpu_micro_seconds: '1' },
      { project: a, amount_nano: '10000000', gpu_micro_seconds: '1', from: '2026-12-01T00:00:00.000Z' },
      { project: a, tenant: OTHER_TENANT, amount_nano: '90000000', gpu_micro_seconds: '1' },
    );
    const { items, ...total } = await statement();
    expect(Object.fromEntries(items.map(({ project, ...burnt }) => [String(project), burnt]))).toMatchObject({
      // 23.043 €  at one price and 0.004 € at the other: 2304 cents and none.
      [a]: { nano: '23047000000', cents: 2304, gpu_micro_seconds: '28800000009', invoiced_cents: null, difference_cents: null },
      [b]: { nano: '123456789012345678901', cents: 12_345_678_901_235 },
      null: { nano: '10000000', cents: 1 },
    });
    expect(total).toMatchObject({ period: '2026-11', nano: String(sum(items.map(({ nano }) => BigInt(nano)))), cents: 2304 + 12_345_678_901_235 + 1, invoiced_cents: null });
    expect((await admin.get(`/projects/${a}/burn`)).body).toMatchObject({
      project: a, nano: '23057000000', cents: 2305, gpu_micro_seconds: '28800000010', months: [{ period: '2026-11', cents: 2304 }, { period: '2026-12', cents: 1 }], budgets: [],
    });
    const everyone = await service.as('auditor').get<Statement>('/burn?period=2026-11');
    expect(everyone.body.items).toHaveLength(4);
  });

  it('is set beside the invoice, and says by how much they differ', async () => {
    await usage({ project: a, amount_nano: '23044000000' }, { project: undefined, amount_nano: '50000000' });
    await service.happened('billing', newId('invoice'), [invoice('PI-2026-000001', [{ project: a, nano: 23_044_000_000n }, { nano: 50_000_000n }])]);
    const agreed = { invoiced_cents: 2304 + 5, difference_cents: 0 };
    expect(await statement(`period=2026-11&tenant=${tenant}`)).toMatchObject({ ...agreed, invoiced_nano: '23094000000', items: [{ project: a, cents: 2304, invoiced_cents: 2304, difference_cents: 0 }, { project: null, difference_cents: 0 }] });

    await usage({ project: b, amount_nano: '70000000' });
    expect(await statement()).toMatchObject({ cents: 2316, difference_cents: -7, items: expect.arrayContaining([expect.objectContaining({ project: b, cents: 7, invoiced_cents: 0, difference_cents: -7 })]) });

    await usage({ project: a, tenant: OTHER_TENANT, amount_nano: '90000000' });
    expect((await service.as('operator').get<Statement>('/burn?period=2026-11')).body).toMatchObject({ invoiced_cents: null, difference_cents: null });
  });

  it('is spent on the oldest compute budget that pays for it, once; a credit note gives it back', async () => {
    const open = async (body: object) => (await admin.done('/budgets', { funder: 'France 2030', category: 'compute', amount: 10_000, currency: 'EUR', ...body })).id;
    const [whole, own, younger] = [await open({}), await open({ project: a }), await open({ project: a })];
    const spent = async () => Promise.all([whole, own, younger].map(async (id) => (await admin.get<{ spent: number }>(`/budgets/${id}`)).body.spent));
    const stream = newId('invoice');
    await service.happened('billing', stream, [invoice('PI-2026-000001', [{ project: a, nano: 23_044_000_000n }, { project: b, nano: 60_000_000n }, { nano: 50_000_000n }])]);
    await eventually(async () => expect(await spent()).toEqual([11, 2304, 0]));
    await service.restart();
    const credit = { ...CreditNoteIssued.data.parse(CreditNoteIssued.example), tenant, invoice_number: 'PI-2026-000001' };
    await service.happened('billing', stream, [{ type: 'CreditNoteIssued', data: credit }]);
    await eventually(async () => expect(await spent()).toEqual([0, 0, 0]));
    expect((await admin.get(`/budgets/${own}`)).body).toMatchObject({ actuals: [{ cause: 'PI-2026-000001/1', amount: 2304 }, { cause: 'CN-2026-000001/1', amount: -2304 }] });
    expect(await statement()).toMatchObject({ invoiced_cents: null, items: [] });
  });

  it('is spent on a budget also when its read model is late', async () => {
    const late = await service.database.pool.connect();
    await late.query(`BEGIN; SELECT FROM projections WHERE name = 'budget_view' FOR UPDATE`);
    const { id } = await admin.done('/budgets', { funder: 'France 2030', category: 'compute', amount: 10_000, currency: 'EUR' });
    await service.happened('billing', newId('invoice'), [invoice('PI-2026-000002', [{ nano: 50_000_000n }])]);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await late.query('COMMIT');
    late.release();
    await eventually(async () => expect((await admin.get(`/budgets/${id}`)).body).toMatchObject({ spent: 5 }));
  });

  it('tells when each compute budget is used up', async () => {
    const open = async (body: object) => (await admin.done('/budgets', { funder: 'France 2030', category: 'compute', amount: 1_000, currency: 'EUR', ...body })).id;
    const [own, whole] = [await open({ project: a }), await open({})];
    await usage({ project: a, amount_nano: '2000000000' }, { project: b, amount_nano: '1000000000', from: '2026-11-18T00:00:00.000Z' });
    const at = { 'pioche-simulated-time': service.now };
    const { body } = await admin.get<{ items: object[] }>('/budgets/forecast', at);
    // 2 € in two days leave 8 € for eight more; 1 € in one day leaves 9 € for nine.
    expect(body.items).toMatchObject([
      { budget: own, project: a, burnt_nano: '2000000000', rest_nano: '8000000000', exhausted_at: '2026-11-27T00:00:00.000Z' },
      { budget: whole, project: null, rest_nano: '9000000000', exhausted_at: '2026-11-28T00:00:00.000Z' },
    ]);
    expect((await admin.get(`/projects/${a}/burn`, at)).body).toMatchObject({ budgets: [{ budget: own }] });
    expect((await admin.get(`/projects/${b}/burn`, at)).body).toMatchObject({ budgets: [{ budget: whole }] });
  });
});
