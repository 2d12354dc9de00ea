/** A month of burn beside its invoices, by project. Pure. */
import { sum } from '@pioche/kernel';
import { computeCosts, type ComputeCost } from '../../budget/compute-cost.js';
import type { BurnRow } from './burn.js';
import type { Invoiced } from './invoiced.js';

export interface Statement extends ComputeCost {
  readonly tenant: string;
  readonly project: string | null;
  /** Null while the tenant's invoice of the month is not final. */
  readonly invoiced: { readonly nano: bigint; readonly cents: bigint } | null;
}

const NOTHING: ComputeCost = { nano: 0n, cents: 0n, gpuMicroSeconds: 0n };

/** What these days cost, by project, rounded as invoices are. */
export const costsOf = (days: readonly BurnRow[]): Map<string | null, ComputeCost> =>
  computeCosts(
    days.map(({ account, project, gpu_model, nano_per_gpu_second, day, nano, gpu_micro_seconds }) => ({
      account, project: project === '' ? null : project, gpu_model, nano_per_gpu_second, from: day, amount_nano: String(nano), gpu_micro_seconds: String(gpu_micro_seconds),
    })),
  );

/** One statement per tenant and project that was burnt or invoiced; what belongs to no project comes last. */
export function statementsOf(days: readonly BurnRow[], { invoices, lines }: Invoiced): Statement[] {
  const tenants = [...new Set([...days, ...invoices].map(({ tenant }) => tenant))].sort();
  return tenants.flatMap((tenant) => {
    const numbers = new Set(invoices.filter((invoice) => invoice.tenant === tenant).map(({ number }) => number));
    const said = Map.groupBy(lines.filter(({ number }) => numbers.has(number)), ({ project }) => project);
    const costs = costsOf(days.filter((day) => day.tenant === tenant));
    return [...new Set([...costs.keys(), ...said.keys()])].sort(projectsFirst).map((project) => {
      const own = said.get(project) ?? [];
      const invoiced = { nano: sum(own.map(({ nano }) => nano)), cents: sum(own.map(({ cents }) => cents)) };
      return { tenant, project, ...(costs.get(project) ?? NOTHING), invoiced: numbers.size > 0 ? invoiced : null };
    });
  });
}

const projectsFirst = (a: string | null, b: string | null): number => Number(a === null) - Number(b === null) || (String(a) < String(b) ? -1 : 1);

/** All together; nothing is invoiced while a tenant's invoice is missing. */
export function totalOf(statements: readonly Statement[]): Omit<Statement, 'tenant' | 'project'> {
  const invoiced = statements.flatMap((statement) => statement.invoiced ?? []);
  const complete = statements.length > 0 && invoiced.length === statements.length;
  return {
    nano: sum(statements.map(({ nano }) => nano)),
    cents: sum(statements.map(({ cents }) => cents)),
    gpuMicroSeconds: sum(statements.map(({ gpuMicroSeconds }) => gpuMicroSeconds)),
    invoiced: complete ? { nano: sum(invoiced.map(({ nano }) => nano)), cents: sum(invoiced.map(({ cents }) => cents)) } : null,
  };
}
