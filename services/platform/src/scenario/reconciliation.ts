/** Does everything agree? What each context says of the month, side by side, to the nano-euro and the millisecond. */
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { formatCents } from '@pioche/kernel';
import type { Api } from './api.js';

/** What the contexts say, as they said it. Big integers are decimal strings. */
export interface Statements {
  readonly scheduling: { readonly jobs: Readonly<Record<string, number>>; readonly allocated_gpu_milli_ms: string };
  readonly billing: {
    readonly metered_gpu_milli_ms: string;
    readonly metered_nano: string;
    readonly invoices: number;
    readonly invoiced_gpu_milli_ms: string;
    readonly lines_nano: string;
    readonly lines_cents: number;
    readonly invoices_net_cents: number;
    readonly invoices_gross_cents: number;
    readonly ledger_receivable_nano: string;
    readonly ledger_sum_nano: string;
  };
  readonly lab: { readonly nano: string; readonly cents: number; readonly invoiced_nano: string; readonly invoiced_cents: number };
  readonly audit: { readonly size: number; readonly root: string; readonly verified: boolean; readonly leaves: Readonly<Record<ContextName, number>> };
  /** Events in each context's log. */
  readonly events: Readonly<Record<ContextName, number>>;
}

export interface Check {
  readonly check: string;
  readonly agrees: boolean;
  /** What stands on each side. */
  readonly values: Readonly<Record<string, string | number | boolean>>;
}

export interface Reconciliation {
  readonly agrees: boolean;
  readonly checks: readonly Check[];
  readonly statements: Statements;
  readonly wall_s: number;
  readonly events_total: number;
  readonly events_per_s: number;
}

const check = (name: string, values: Check['values']): Check => ({ check: name, agrees: new Set(Object.values(values).map(String)).size === 1, values });
const NANO_PER_CENT = 10_000_000n;

/** @param elapsed seconds and events of this run */
export function reconcile(statements: Statements, elapsed: { readonly wall_s: number; readonly events: number }): Reconciliation {
  const { scheduling, billing, lab, audit, events } = statements;
  const checks = [
    check('GPU time allocated = metered = invoiced (milli-GPU × ms)', { allocated: scheduling.allocated_gpu_milli_ms, metered: billing.metered_gpu_milli_ms, invoiced: billing.invoiced_gpu_milli_ms }),
    check('usage = invoice lines before rounding (nano-euro)', { usage: billing.metered_nano, lines: billing.lines_nano }),
    check('Σ lines = Σ invoices (cents, net)', { lines: billing.lines_cents, invoices: billing.invoices_net_cents }),
    check('Σ invoices = Σ ledger receivables (nano-euro, gross)', { invoices: String(BigInt(billing.invoices_gross_cents) * NANO_PER_CENT), ledger: billing.ledger_receivable_nano }),
    check('the ledger sums to zero (nano-euro)', { ledger: billing.ledger_sum_nano, zero: '0' }),
    check('lab burn = its invoice lines (nano-euro)', { burn: lab.nano, lines: lab.invoiced_nano }),
    check('lab burn = its invoice (cents)', { burn: lab.cents, invoice: lab.invoiced_cents }),
    check('the audit log is recomputed to its root', { verified: audit.verified, expected: true }),
    ...CONTEXTS.map((context) => check(`every event of ${context} is in the audit log`, { events: events[context], leaves: audit.leaves[context] })),
  ];
  const total = Object.values(events).reduce((sum, n) => sum + n, 0);
  return { agrees: checks.every(({ agrees }) => agrees), checks, statements, wall_s: elapsed.wall_s, events_total: total, events_per_s: Math.round(elapsed.events / elapsed.wall_s) };
}

/** Asks every context. @param period `2026-11`; @param until its end */
export async function collect(operator: Api, period: string, until: string, labTenant: string): Promise<Statements> {
  const [scheduling, billing, lab, totals, verified, ...logs] = await Promise.all([
    operator.get<Statements['scheduling']>('scheduling', `/totals?until=${until}`),
    operator.get<Statements['billing']>('billing', `/totals?period=${period}`),
    operator.get<Statements['lab']>('lab', `/burn?period=${period}&tenant=${labTenant}`),
    operator.get<{ leaves: Statements['audit']['leaves'] }>('sovereignty', '/audit/totals'),
    operator.get<{ size: number; root: string; verified: boolean }>('sovereignty', '/audit/verify'),
    ...CONTEXTS.map(async (context) => [context, (await operator.get<{ events: number }>(context, '/lag')).events] as const),
  ]);
  const events = Object.fromEntries(logs) as Record<ContextName, number>;
  return { scheduling, billing, lab, audit: { ...verified, leaves: totals.leaves }, events };
}

/** The reconciliation for people. */
export function describe({ agrees, checks, statements, wall_s: wall, events_total: total, events_per_s: rate }: Reconciliation): string[] {
  const { scheduling, billing, audit, events } = statements;
  const hours = (milliMs: string) => `${(Number(BigInt(milliMs) / 1000n) / 3_600_000).toLocaleString('en', { maximumFractionDigits: 2 })} GPU-hours`;
  return [
    '',
    `Jobs            ${Object.entries(scheduling.jobs).map(([status, n]) => `${n} ${status}`).join(', ')}`,
    `GPU time        ${hours(scheduling.allocated_gpu_milli_ms)} allocated, ${hours(billing.metered_gpu_milli_ms)} metered, ${hours(billing.invoiced_gpu_milli_ms)} invoiced`,
    `Invoices        ${billing.invoices}, ${formatCents(BigInt(billing.invoices_net_cents))} net, ${formatCents(BigInt(billing.invoices_gross_cents))} gross`,
    `Lab             ${formatCents(BigInt(statements.lab.cents))} burnt, ${formatCents(BigInt(statements.lab.invoiced_cents))} invoiced`,
    `Audit log       ${audit.size} leaves, root ${audit.root}`,
    `Events          ${total} (${Object.entries(events).map(([context, n]) => `${context} ${n}`).join(', ')})`,
    `Time            ${wall.toFixed(1)} s, ${rate} events/s`,
    '',
    ...checks.map((one) => `${one.agrees ? '  ✓' : '  ✗'} ${one.check}${one.agrees ? '' : `: ${Object.entries(one.values).map(([side, value]) => `${side} ${value}`).join(', ')}`}`),
    '',
    agrees ? 'Everything agrees.' : 'NOT everything agrees.',
  ];
}
