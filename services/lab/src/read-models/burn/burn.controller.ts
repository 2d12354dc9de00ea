import { Controller } from '@nestjs/common';
import { Period } from '@pioche/contracts';
import { idOf, type Instant } from '@pioche/kernel';
import { ownRow, Query, type Asked } from '@pioche/service-kit';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import type { ComputeCost } from '../../budget/compute-cost.js';
import { computeForecasts, payersOf } from '../../budget/compute-forecast.js';
import { budgetView } from '../budget-view/budget-view.js';
import { computeBudgets } from '../budget-view/compute-budgets.js';
import { ProjectRow, projectView } from '../project-view/project-view.js';
import { tenantQuery, tenantScope } from '../scope.js';
import { Burn, BurnOfPeriod, Forecast, ProjectBurn } from './answers.js';
import { burn, burnDays } from './burn.js';
import { invoiced, invoicesOf } from './invoiced.js';
import { costsOf, statementsOf, totalOf, type Statement } from './statement.js';

const ById = z.object({ id: idOf('project') });
const OfPeriod = z.object({ ...tenantQuery, period: Period });
const Forecasts = z.object(tenantQuery);
const NOTHING: ComputeCost = { nano: 0n, cents: 0n, gpuMicroSeconds: 0n };

/** What compute costs, as it happens. */
@Controller()
export class BurnController {
  constructor(private readonly db: DataSource) {}

  @Query({ path: '/burn', summary: 'What compute cost in a month, by project, beside what was invoiced.', may: 'read-lab', query: OfPeriod, returns: BurnOfPeriod, from: [burn, invoiced] })
  async burnOfPeriod({ query: { tenant, period }, caller }: Asked<undefined, typeof OfPeriod>) {
    const where = tenantScope(caller, tenant);
    const statements = statementsOf(await burnDays(this.db, where, period), await invoicesOf(this.db, where, period));
    const items = statements.map((statement) => ({ tenant: statement.tenant, project: statement.project, ...shownStatement(statement) }));
    return { period, items, ...shownStatement(totalOf(statements)) };
  }

  @Query({ path: '/projects/{id}/burn', summary: 'What a project’s compute has cost, by month, and when its budgets are used up.', may: 'read-lab', params: ById, returns: ProjectBurn, from: [projectView, burn, budgetView] })
  async burnOfProject({ params: { id: project }, caller, now }: Asked<typeof ById>) {
    const { tenant } = ownRow(await this.db.getRepository(ProjectRow).findOneBy({ project }), caller, { project });
    const days = await burnDays(this.db, { tenant, project });
    const months = [...Map.groupBy(days, ({ day }) => day.slice(0, 7))];
    const payers = new Set(payersOf(await computeBudgets(this.db, { tenant }), { tenant, project }).map(({ budget }) => budget));
    const forecasts = await this.forecastsOf({ tenant }, now);
    return {
      project,
      tenant,
      ...shownCost(costsOf(days).get(project) ?? NOTHING),
      months: months.map(([period, ofMonth]) => ({ period, ...shownCost(costsOf(ofMonth).get(project) ?? NOTHING) })),
      budgets: forecasts.filter(({ budget }) => payers.has(budget)),
    };
  }

  @Query({ path: '/budgets/forecast', summary: 'When each compute budget is used up, as burn goes on.', may: 'read-lab', query: Forecasts, returns: z.object({ items: z.array(Forecast) }), from: [burn, budgetView] })
  async forecastBudgets({ query: { tenant }, caller, now }: Asked<undefined, typeof Forecasts>) {
    return { items: await this.forecastsOf(tenantScope(caller, tenant), now) };
  }

  private async forecastsOf(where: { readonly tenant?: string }, now: Instant): Promise<z.input<typeof Forecast>[]> {
    const opened = await computeBudgets(this.db, where);
    const days = opened.length === 0 ? [] : await burnDays(this.db, where);
    const places = days.map(({ project, ...day }) => ({ ...day, project: project === '' ? null : project }));
    const funderOf = new Map(opened.map(({ budget, funder }) => [budget, funder]));
    return computeForecasts(opened, places, now).map(({ budget, tenant, project, amount, burntNano, restNano, exhaustedAt }) => ({
      budget, tenant, project, funder: funderOf.get(budget) ?? '', amount, burnt_nano: String(burntNano), rest_nano: String(restNano), exhausted_at: exhaustedAt,
    }));
  }
}

const shownCost = ({ nano, cents, gpuMicroSeconds }: ComputeCost): z.input<typeof Burn> => ({ nano: String(nano), cents: Number(cents), gpu_micro_seconds: String(gpuMicroSeconds) });

const shownStatement = ({ invoiced: said, ...cost }: Omit<Statement, 'tenant' | 'project'>) => ({
  ...shownCost(cost),
  invoiced_nano: said && String(said.nano),
  invoiced_cents: said && Number(said.cents),
  difference_cents: said && Number(said.cents - cost.cents),
});
