/** Every site has its plan; what holds everywhere is kept in one more, which has no nodes, and copied from there. */
import { derivedId, Refusal, type Id } from '@pioche/kernel';
import type { ReactionTools } from '@pioche/service-kit';
import type { DataSource } from 'typeorm';
import { barTenant, replicatePolicy, replicateTenant, unbarTenant, withdrawPolicy } from '../site-plan/site-plan.commands.js';
import { sitePlan, type SitePlan } from '../site-plan/site-plan.js';

/** The plan of no site: policies, tenants and bars that hold everywhere. A new site's plan is filled from it. */
export const EVERYWHERE: Id<'site_plan'> = derivedId('site_plan', 'everywhere');

/** Steps from one stream's id to the next in the index, however long the streams are. */
const PLANS = `WITH RECURSIVE plan(id) AS (
    SELECT min(stream_id) FROM events WHERE stream_id > 'site_plan_' AND stream_id < 'site_plan_~'
    UNION ALL SELECT (SELECT min(stream_id) FROM events WHERE stream_id > plan.id AND stream_id < 'site_plan_~') FROM plan WHERE plan.id IS NOT NULL
  ) SELECT id FROM plan WHERE id IS NOT NULL AND id <> $1`;

/** The plans of sites. Read from the log, for a read model may not have heard of a new one yet. */
export async function plansOfSites(db: DataSource): Promise<string[]> {
  const rows = await db.query<{ id: string }[]>(PLANS, [EVERYWHERE]);
  return rows.map(({ id }) => id);
}

/** Says the commands that bring one plan's rules to those of another. */
function* differences(rules: SitePlan, plan: SitePlan): Generator<{ readonly what: string; readonly tell: (tools: Pick<ReactionTools, 'tell'>, id: string, nth: string) => Promise<unknown> }> {
  for (const [tenant, switches] of rules.barred)
    for (const by of switches)
      if (!plan.barred.get(tenant)?.has(by)) yield { what: `${tenant}/${by}`, tell: ({ tell }, id, nth) => tell(barTenant, id, barOf(tenant, by), { nth }) };
  for (const [tenant, switches] of plan.barred)
    for (const by of switches)
      if (!rules.barred.get(tenant)?.has(by)) yield { what: `${tenant}/${by}`, tell: ({ tell }, id, nth) => tell(unbarTenant, id, barOf(tenant, by), { nth }) };
  for (const [tenant, data] of rules.tenants)
    if (JSON.stringify(plan.tenants.get(tenant)) !== JSON.stringify(data)) yield { what: `${tenant}/${data.data_classes.join()}`, tell: ({ tell }, id, nth) => tell(replicateTenant, id, data, { nth }) };
  for (const policy of plan.policies.keys())
    if (!rules.policies.has(policy)) yield { what: policy, tell: ({ tell }, id, nth) => tell(withdrawPolicy, id, { policy: policy as Id<'policy'> }, { nth }) };
  for (const [policy, data] of rules.policies)
    if (plan.policies.get(policy)?.policy_version !== data.policy_version)
      yield { what: `${policy}/${data.policy_version}`, tell: ({ tell }, id, nth) => tell(replicatePolicy, id, data, { nth }) };
}

const barOf = (tenant: string, by: string) => ({ tenant: tenant as Id<'tenant'>, switch: by as Id<'switch'> });

/**
 * Copies what holds everywhere to a plan, and looks again until nothing differs: whatever others copy meanwhile, the last
 * who looks sees it.
 */
export async function bringUpToDate(plan: string, tools: ReactionTools): Promise<void> {
  for (let round = 0; ; round += 1) {
    const [rules, own] = await Promise.all([tools.load(sitePlan, EVERYWHERE), tools.load(sitePlan, plan)]);
    const commands = [...differences(rules.state, own.state)];
    if (commands.length === 0) return;
    for (const { what, tell } of commands) await tell(tools, plan, `${round}/${what}`).catch(unless('policy-outdated'));
  }
}

/** … to the plans of all sites. */
export async function bringAllUpToDate(tools: ReactionTools): Promise<string[]> {
  const plans = await tools.ask(plansOfSites);
  await Promise.all(plans.map((plan) => bringUpToDate(plan, tools)));
  return plans;
}

/** Lets these refusals pass: what was to be done has been done, or is no longer needed. */
export const unless = (...codes: readonly string[]) => (error: unknown): void => {
  if (!(error instanceof Refusal && codes.includes(error.code))) throw error;
};
