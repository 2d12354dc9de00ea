/** What the contexts themselves say of the money and of the GPU time, side by side: the scenario's reconciliation, over all months of the run. */
import { CONTEXTS, type ContextName, type FactOf, type invoiceEvents } from '@pioche/contracts';
import type { Api } from '../../scenario/api.js';
import { reconcile, type Reconciliation, type Statements } from '../../scenario/reconciliation.js';
import { Findings, type Result } from './check.js';
import type { Logged } from './logs.js';

/** Adds up what is of one month each: integers, and big ones as decimal strings. What is of the whole, like the ledger's zero, is zero only if each is. */
function total<T extends object>(months: readonly T[]): T {
  const sum = (a: unknown, b: unknown) => (typeof a === 'number' && typeof b === 'number' ? a + b : String(BigInt(String(a)) + BigInt(String(b))));
  return months.reduce((all, month) => Object.assign({}, ...Object.entries(month).map(([name, amount]) => ({ [name]: sum(all[name as keyof T], amount) }))) as T);
}

const BILLING = ['metered_gpu_milli_ms', 'metered_nano', 'invoices', 'invoiced_gpu_milli_ms', 'lines_nano', 'lines_cents', 'invoices_net_cents', 'invoices_gross_cents', 'ledger_receivable_nano', 'ledger_sum_nano'] as const;
const BURN = ['nano', 'cents', 'invoiced_nano', 'invoiced_cents'] as const;
/** What is not there yet is nothing: a month without an invoice. */
const only = <T, K extends keyof T>(from: T, names: readonly K[]): Pick<T, K> => Object.fromEntries(names.map((name) => [name, from[name] ?? '0'])) as Pick<T, K>;

const NANO_PER_CENT = 10_000_000n;

/** What customers have paid, in nano-euro: they no longer owe it, whether the invoice was taken back later or not. */
export const paidIn = (billing: readonly Logged[]): bigint =>
  billing.reduce((sum, { event }) => {
    const fact = event as FactOf<typeof invoiceEvents>;
    return fact.type === 'InvoicePaid' ? sum + BigInt(fact.data.amount.amount) * NANO_PER_CENT : sum;
  }, 0n);

/** @param periods all months of the run @param until their end @param paid nano-euro that have arrived: the reconciliation is of what was invoiced */
export async function collectAll(operator: Api, periods: readonly string[], until: string, lab: string, paid: bigint): Promise<Statements> {
  const [scheduling, billings, burns, totals, verified, ...logs] = await Promise.all([
    operator.get<Statements['scheduling']>('scheduling', `/totals?until=${until}`),
    Promise.all(periods.map((period) => operator.get<Statements['billing']>('billing', `/totals?period=${period}`))),
    Promise.all(periods.map((period) => operator.get<Statements['lab']>('lab', `/burn?period=${period}&tenant=${lab}`))),
    operator.get<{ leaves: Statements['audit']['leaves'] }>('sovereignty', '/audit/totals'),
    operator.get<{ size: number; root: string; verified: boolean }>('sovereignty', '/audit/verify'),
    ...CONTEXTS.map(async (context) => [context, (await operator.get<{ events: number }>(context, '/lag')).events] as const),
  ]);
  const billing = total(billings.map((month) => only(month, BILLING)));
  return {
    scheduling,
    billing: { ...billing, ledger_receivable_nano: String(BigInt(billing.ledger_receivable_nano) + paid) },
    lab: total(burns.map((month) => only(month, BURN))),
    audit: { ...verified, leaves: totals.leaves },
    events: Object.fromEntries(logs) as Record<ContextName, number>,
  };
}

export function reconciled(statements: Statements): Result {
  const findings = new Findings('the contexts agree on money and GPU time');
  const { checks }: Reconciliation = reconcile(statements, { wall_s: 1, events: 0 });
  for (const { check, agrees, values } of checks) if (!agrees) findings.add(`${check}: ${Object.entries(values).map(([side, value]) => `${side} ${value}`).join(', ')}`);
  return findings.result(checks.length);
}
