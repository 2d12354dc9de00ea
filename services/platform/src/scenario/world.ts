/** Sets up the world of the scenario through the public APIs. Every request has a fixed key: run again, it changes nothing. */
import { plusSeconds, type Instant } from '@pioche/kernel';
import type { Api, Done } from './api.js';
import type { Cast } from './cast.js';
import { custodian, type ScenarioCustodian } from './custodian.js';
import { untilQuiet } from './quiet.js';
import { FRANCE_ONLY, LAB, LAB_BUDGETS, LAB_PROJECTS, NANO_PER_GPU_SECOND, TENANTS, type TenantPlan } from './tenants.js';

export const GPU_MODEL = 'NVIDIA H100 80GB HBM3';
const FACTS = { country: 'FR', jurisdiction: 'FR', certifications: ['HDS', 'ISO 27001', 'SecNumCloud'] };

/** How large the world is. */
export interface WorldPlan {
  /** Of 32 nodes each; the whole has one node less. */
  readonly scalableUnits: number;
  /** The lab is one of them. */
  readonly tenants: readonly TenantPlan[];
}

/** 127 nodes, eight tenants. */
const SUPERPOD: WorldPlan = { scalableUnits: 4, tenants: TENANTS };

export interface WorldTenant extends TenantPlan {
  readonly id: string;
  readonly people: readonly (ScenarioCustodian & { readonly id: string })[];
}

export interface WorldNode {
  readonly id: string;
  readonly gpus: readonly string[];
}

export interface World {
  readonly site: string;
  readonly nodes: readonly WorldNode[];
  readonly queue: string;
  readonly tenants: readonly WorldTenant[];
  /** Projects of the lab. */
  readonly projects: readonly string[];
}

interface Page<T> {
  readonly items: readonly T[];
  readonly next_page_token?: string | null;
}

export async function setUpWorld(cast: Cast, seed: number, start: Instant, say: (line: string) => void, plan: WorldPlan = SUPERPOD): Promise<World> {
  const operator = await cast.operator();
  operator.now = start;
  const { site, superpod } = await commission(operator, plan);
  const nodes = await nodesInService(operator, superpod, plan);
  say(`${nodes.length} nodes with ${nodes.reduce((sum, { gpus }) => sum + gpus.length, 0)} GPUs are in service`);

  await operator.post('billing', `/price-books/${await priceList(operator)}:publish`, 'prices', {
    effective_from: start,
    gpu_prices: [{ gpu_model: GPU_MODEL, nano_per_gpu_second: String(NANO_PER_GPU_SECOND) }],
  });
  const { id: queue } = await operator.post('scheduling', '/queues', 'queue', { name: 'batch', priority: 0, default_time_limit_s: 86_400 });
  const tenants: WorldTenant[] = [];
  for (const one of plan.tenants) tenants.push(await openTenant(operator, one, seed));
  await adoptResidency(operator, await cast.approvers(), tenants);
  const lab = tenants.find(({ key }) => key === LAB);
  const projects = await openLab(operator, lab?.id ?? '', start);
  say(`${tenants.length} tenants are open, the lab has ${projects.length} projects and a budget of 100 M€`);
  // Before the first job arrives, scheduling has heard of every node, policy and tenant.
  await untilQuiet(operator);
  return { site, nodes, queue, tenants, projects };
}

async function commission(operator: Api, { scalableUnits }: WorldPlan): Promise<{ site: string; superpod: string }> {
  const { id: site } = await operator.post('inventory', '/sites', 'site', { name: 'Essonne', operator: 'Pioche Opérations SAS', ...FACTS });
  const hall = await operator.post<Done & { events: { data: { hall: string } }[] }>('inventory', `/sites/${site}:addHall`, 'hall', { name: 'Hall A', power_kw: 2_000 });
  const { id: superpod } = await operator.post('inventory', '/superpods', 'superpod', {
    name: 'essonne-1', site, hall: hall.events[0]?.data.hall, scalable_units: scalableUnits, burn_in_hours: 0, ...FACTS,
  });
  return { site, superpod };
}

/** Waits until the whole SuperPOD stands. After a restart some of its nodes may be under repair. */
async function nodesInService(operator: Api, superpod: string, { scalableUnits }: WorldPlan): Promise<WorldNode[]> {
  const expected = 32 * scalableUnits - 1;
  for (;;) {
    const { items } = await operator.get<Page<{ node: string; name: string; gpus: { id: string }[] }>>('inventory', `/nodes?superpod=${superpod}&page_size=1000`);
    if (items.length >= expected) return items.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(({ node, gpus }) => ({ id: node, gpus: gpus.map(({ id }) => id) }));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function priceList(operator: Api): Promise<string> {
  const { price_list: id } = await operator.get<{ price_list: string }>('billing', '/price-books');
  return id;
}

async function openTenant(operator: Api, plan: TenantPlan, seed: number): Promise<WorldTenant> {
  const people = Array.from({ length: plan.custodians }, (_, index) => custodian(seed, plan.key, index));
  const registered = await operator.post<Done & { events: { data: { custodians: { id: string; public_key: string }[] } }[] }>('sovereignty', '/tenants', `tenant-${plan.key}`, {
    name: plan.name,
    country: plan.country,
    data_classes: [...new Set(['public', 'internal', plan.dataClass])],
    custodians: people.map(({ name, publicKey }) => ({ name, public_key: publicKey })),
    quorum: plan.quorum,
  });
  const tenant = registered.id;
  await Promise.all([
    operator.post('scheduling', '/quotas', `quota-${plan.key}`, { tenant, guaranteed_gpus: plan.guaranteedGpus, borrowable_gpus: plan.borrowableGpus }),
    openAccount(operator, tenant, plan),
  ]);
  const ids = new Map(registered.events[0]?.data.custodians.map(({ id, public_key }) => [public_key, id]));
  return { ...plan, id: tenant, people: people.map((one) => ({ ...one, id: ids.get(one.publicKey) ?? '' })) };
}

async function openAccount(operator: Api, tenant: string, plan: TenantPlan): Promise<void> {
  const { id } = await operator.post('billing', '/accounts', `account-${plan.key}`, {
    tenant,
    name: plan.name,
    country: plan.country,
    ...(plan.vatId && { vat_id: plan.vatId }),
    contract: { stop_at_budget: false },
  });
  if (plan.monthlyBudgetEur) {
    await operator.post('billing', `/accounts/${id}:setBudget`, `budget-${plan.key}`, { amount_nano: String(BigInt(plan.monthlyBudgetEur) * 1_000_000_000n), period: 'month' });
  }
}

/** The France-only tenants' policy: drafted by the operator, approved by two others. */
async function adoptResidency(operator: Api, approvers: readonly Api[], tenants: readonly WorldTenant[]): Promise<void> {
  const ids = tenants.filter(({ franceOnly }) => franceOnly).map(({ id }) => id);
  const drafted = await operator.post<Done & { events: { data: { digest: string } }[] }>('sovereignty', '/policies', 'france-only', { title: 'Work that stays in France', text: FRANCE_ONLY(ids) });
  for (const [index, approver] of approvers.entries()) {
    approver.now = operator.now;
    await approver.post('sovereignty', `/policies/${drafted.id}:approve`, `france-only-${index}`, { digest: drafted.events[0]?.data.digest });
  }
}

async function openLab(operator: Api, tenant: string, start: Instant): Promise<string[]> {
  const { id: programme } = await operator.post('lab', '/programmes', 'programme', { tenant, name: 'Frontier models in the open', goal: 'Models of European make, with open weights and data' });
  const projects: string[] = [];
  for (const { code, name } of LAB_PROJECTS) {
    const { id } = await operator.post('lab', '/projects', `project-${code}`, { programme, name, tenant, code });
    projects.push(id);
    await operator.post('lab', `/projects/${id}:planMilestone`, `milestone-${code}`, { name: 'First results', due: plusSeconds(start, 60 * 86_400).slice(0, 10) });
  }
  for (const { funder, category, millions } of LAB_BUDGETS) {
    await operator.post('lab', '/budgets', `budget-${category}`, { tenant, funder, category, amount: millions * 100_000_000, currency: 'EUR' });
  }
  await operator.post('lab', '/event-series', 'conference', {
    tenant, name: 'Annual conference', place: 'Station F, Paris', rrule: 'FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=17', starts: '2026-11-17', budget: 40_000_000,
  });
  return projects;
}
