import { jobEvents, sitePlanEvents, transactionEvents, usageEvents } from '@pioche/contracts';
import { actionsAreThere } from './actions.js';
import { decisionsAreWhole, noGpuTwice } from './allocations.js';
import { ledgerSumsToZero, numbersAreGapless, usageIsAllocated } from './money.js';
import { paidIn, reconciled } from './reconciled.js';
import { sameRows } from './read-models.js';
import { logOf, logsWith, without } from './testing/sample.js';

const opened = (n: number, gpu: string, milli = 1000) => ({
  type: 'AllocationOpened', data: { ...jobEvents.events.AllocationOpened.example, allocation: `allocation_${n}`, gpu_milli: milli, placements: [{ node: 'node_1', gpus: [gpu] }] },
});
const closed = (n: number) => ({ type: 'AllocationClosed', data: { ...jobEvents.events.AllocationClosed.example, allocation: `allocation_${n}` } });
const place = (n: number, gpu: string, milli?: number) => ({ command: `cmd_${n}`, stream: `job_${n}`, facts: [opened(n, gpu, milli)] });
const end = (n: number) => ({ command: `cmd_end_${n}`, stream: `job_${n}`, facts: [closed(n)], at: '2026-11-17T10:00:00.000Z' });

describe('GPUs', () => {
  it('may be held one after the other, and in parts at once', () => {
    expect(noGpuTwice(logOf('scheduling', place(1, 'gpu_1'), end(1), place(2, 'gpu_1'), place(3, 'gpu_2', 500), place(4, 'gpu_2', 500))).holds).toBe(true);
  });
  it.each([
    ['a whole one twice', [place(1, 'gpu_1'), place(2, 'gpu_1')], 'gpu_1 is held by allocation_1 (1000) and allocation_2 (1000)'],
    ['more parts than there are', [place(1, 'gpu_1', 600), place(2, 'gpu_1', 500)], 'gpu_1 is held by'],
    ['an allocation that opens again', [place(1, 'gpu_1'), { ...place(1, 'gpu_2'), command: 'cmd_2' }], 'opens allocation_1 again'],
    ['an end of what is not open', [end(1)], 'closes allocation_1, which is not open'],
  ])('found: %s', (_, wrote, why) => expect(noGpuTwice(logOf('scheduling', ...wrote)).findings[0]).toContain(why));

  const planned = { type: 'PlacementsDecided', data: { placements: [{ ...sitePlanEvents.events.PlacementsDecided.example.placements[0], allocation: 'allocation_1' }] } };
  const decided = logOf('scheduling', place(1, 'gpu_1'), { command: 'cmd_1', stream: 'site_plan_1', facts: [planned], from: 1 });
  it('a decision is on the plan and on the job', () => {
    expect(decisionsAreWhole(decided)).toMatchObject({ holds: true, seen: 1 });
    expect(decisionsAreWhole(without(decided, 0)).findings[0]).toContain('opened by nobody');
    expect(decisionsAreWhole(without(decided, 1)).findings[0]).toContain('never decided on a plan');
  });
});

describe('money', () => {
  const posting = (cause: string, ...amounts: readonly number[]) => ({
    command: `cmd_${cause}`, stream: `txn_${cause}`,
    facts: [{ type: 'TransactionPosted', data: { ...transactionEvents.events.TransactionPosted.example, cause, entries: amounts.map((amount) => ({ account: 'a', amount_nano: String(amount) })) } }],
  });
  it('a transaction that does not sum to zero is found, and a cause that is posted twice', () => {
    expect(ledgerSumsToZero(logOf('billing', posting('a', 5, -5))).holds).toBe(true);
    expect(ledgerSumsToZero(logOf('billing', posting('a', 5, -4))).findings[0]).toContain('sums to 1 nano-euro');
    expect(ledgerSumsToZero(logOf('billing', posting('a', 5, -5), { ...posting('a', 5, -5), stream: 'txn_b' })).findings[0]).toContain('posted already');
  });

  const numbered = (n: number, number: number, invoice = `invoice_${n}`) => ({
    command: `cmd_${n}`, stream: 'number_series_1', facts: [{ type: 'InvoiceNumberAssigned', data: { invoice, series: 'PI-2026', number, document_number: `PI-2026-00000${number}` } }],
  });
  const issued = (n: number, number: number) => ({ command: `cmd_${n}`, stream: `invoice_${n}`, from: 1, facts: [{ type: 'InvoiceFinalised', data: { number: `PI-2026-00000${number}` } }] });
  it.each([
    ['a gap', [numbered(1, 1), issued(1, 1), numbered(2, 3), issued(2, 3)], 'goes on with 3 after 1'],
    ['a number given twice', [numbered(1, 1), issued(1, 1), numbered(2, 1), issued(2, 1)], 'goes on with 1 after 1'],
    ['a number that nothing bears', [numbered(1, 1)], 'borne by no document'],
    ['a number that was not given', [issued(1, 1)], 'which no series has given'],
  ])('found: %s', (_, wrote, why) => expect(numbersAreGapless(logOf('billing', ...wrote)).findings.join()).toContain(why));
  it('numbers without a gap are well', () => expect(numbersAreGapless(logOf('billing', numbered(1, 1), issued(1, 1), numbered(2, 2), issued(2, 2)))).toMatchObject({ holds: true, seen: 2 }));

  // An hour, less a second, of one GPU: its example opened at 09:00:01.
  const held = logOf('scheduling', place(1, 'gpu_1'), end(1));
  const rated = (micro: string) => logOf('billing',
    { command: 'cmd_1', stream: 'usage_1', facts: [{ type: 'UsageRated', data: { ...usageEvents.events.UsageRated.example, allocation: 'allocation_1', gpu_micro_seconds: micro } }] }, { ...posting('usage_1/1', 5, -5), command: 'cmd_1' });
  it('usage that is not what was allocated is found, and a slice without a posting', () => {
    expect(usageIsAllocated(held, rated('3599000000'))).toMatchObject({ holds: true, seen: 1 });
    expect(usageIsAllocated(held, rated('3599000001')).findings[0]).toContain('held 3599000000 milli-GPU-ms, 3599000001 are metered');
    expect(usageIsAllocated(held, []).holds).toBe(false);
    expect(usageIsAllocated(held, without(rated('3599000000'), 1)).findings[0]).toContain('has no posting usage_1/1');
  });

  it('what was paid is counted in nano-euro', () => {
    const paid = { type: 'InvoicePaid', data: { number: 'PI-2026-000001', amount: { amount: 12, currency: 'EUR' } } };
    expect(paidIn(logOf('billing', numbered(1, 1), { command: 'cmd_9', stream: 'invoice_1', facts: [paid] }))).toBe(120_000_000n);
  });

  it('a difference that the contexts see themselves is found', () => {
    const none = { inventory: 0, scheduling: 0, billing: 0, sovereignty: 0, lab: 0 };
    const statements = {
      scheduling: { jobs: {}, allocated_gpu_milli_ms: '7' },
      billing: { metered_gpu_milli_ms: '7', metered_nano: '1', invoices: 0, invoiced_gpu_milli_ms: '7', lines_nano: '1', lines_cents: 0, invoices_net_cents: 0, invoices_gross_cents: 0, ledger_receivable_nano: '0', ledger_sum_nano: '0' },
      lab: { nano: '0', cents: 0, invoiced_nano: '0', invoiced_cents: 0 },
      audit: { size: 0, root: '', verified: true, leaves: none },
      events: none,
    };
    expect(reconciled(statements).holds).toBe(true);
    expect(reconciled({ ...statements, scheduling: { jobs: {}, allocated_gpu_milli_ms: '8' } }).findings[0]).toContain('allocated 8');
  });
});

it('a changed, a missing and a surplus row of a read model are found', () => {
  const live = new Map([['lab.burn', new Map([['a', '1'], ['b', '2']])]]);
  expect(sameRows(live, live)).toMatchObject({ holds: true, seen: 2 });
  expect(sameRows(live, new Map([['lab.burn', new Map([['a', '1'], ['b', '3'], ['c', '4']])]]))).toMatchObject({ wrong: 2, seen: 3 });
  expect(sameRows(live, new Map()).findings[0]).toBe('lab.burn a: live 1; rebuilt nothing');
});

it('a document that an action answered with, and that is not there or there twice, is found', () => {
  const ask = { kind: 'action', by: { subject: 'accountant' }, context: 'billing', route: '/periods/{id}:close', target: '2026-11', key: 'k', body: {} } as const;
  const acted = [{ label: '#1', ask, answer: { invoices: [{ invoice: 'invoice_1', number: 'PI-2026-000001' }] } }];
  const final = { command: 'cmd_1', stream: 'invoice_1', facts: [{ type: 'InvoiceFinalised', data: { number: 'PI-2026-000001', period: '2026-11' } }] };
  expect(actionsAreThere(acted, logsWith({ billing: logOf('billing', final) })).holds).toBe(true);
  expect(actionsAreThere(acted, logsWith({})).findings[0]).toContain('0 times');
  expect(actionsAreThere(acted, logsWith({ billing: logOf('billing', final, { ...final, command: 'cmd_2' }) })).findings[0]).toContain('2 times');
});
