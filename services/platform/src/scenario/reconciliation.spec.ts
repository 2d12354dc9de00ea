import { describe as describeForPeople, reconcile, type Statements } from './reconciliation.js';

const counts = { inventory: 10, scheduling: 20, billing: 30, sovereignty: 40, lab: 50 };
const agreeing: Statements = {
  scheduling: { jobs: { succeeded: 3 }, allocated_gpu_milli_ms: '3600000000' },
  billing: {
    metered_gpu_milli_ms: '3600000000', metered_nano: '2900001600', invoices: 1, invoiced_gpu_milli_ms: '3600000000', lines_nano: '2900001600', lines_cents: 290, invoices_net_cents: 290,
    invoices_gross_cents: 348, ledger_receivable_nano: '3480000000', ledger_sum_nano: '0',
  },
  lab: { nano: '100', cents: 0, invoiced_nano: '100', invoiced_cents: 0 },
  audit: { size: 150, root: 'abc=', verified: true, leaves: counts },
  events: counts,
};
const elapsed = { wall_s: 2, events: 150 };

it('agrees when all figures do', () => {
  const result = reconcile(agreeing, elapsed);
  expect(result).toMatchObject({ agrees: true, events_total: 150, events_per_s: 75 });
  expect(describeForPeople(result).join('\n')).toContain('1 GPU-hours allocated');
});

it.each<[string, Partial<Statements>]>([
  ['one milli-GPU-millisecond is not metered', { billing: { ...agreeing.billing, metered_gpu_milli_ms: '3599999999' } }],
  ['a nano-euro is missing in the lines', { billing: { ...agreeing.billing, lines_nano: '2900001599' } }],
  ['the ledger is off by one nano-euro', { billing: { ...agreeing.billing, ledger_sum_nano: '1' } }],
  ['the lab sees another amount', { lab: { ...agreeing.lab, nano: '101' } }],
  ['the audit log does not verify', { audit: { ...agreeing.audit, verified: false } }],
  ['an event has no leaf', { audit: { ...agreeing.audit, leaves: { ...counts, lab: 49 } } }],
])('does not agree when %s', (_, wrong) => {
  const result = reconcile({ ...agreeing, ...wrong }, elapsed);
  expect(result.agrees).toBe(false);
  expect(result.checks.filter(({ agrees }) => !agrees)).toHaveLength(1);
  expect(describeForPeople(result).at(-1)).toBe('NOT everything agrees.');
});
