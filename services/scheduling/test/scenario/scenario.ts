/** What may happen to an engine: a small cluster, tenants, queues, jobs of all shapes, and a day on which much goes wrong. */
import type { AdvanceReservation, JobAsk, NodeSpec, PowerCap, QueueSpec, QuotaSpec } from '../../src/engine/index.js';
import { Chance } from './chance.js';

/** A job, and what it does once it runs. */
export interface Actor {
  readonly ask: JobAsk;
  /** How long it runs, as a share of its limit; above 1 it exceeds it. */
  readonly share: number;
  /** From the placement to its first process. */
  readonly startDelayMs: number;
  /** When it is asked to stop: after so much of its grace; undefined: it does not. */
  readonly obeysAfter: number | undefined;
}

/** Whom a site takes: pairs of tenant and site that are forbidden. */
export type Policy = readonly { readonly tenant: string; readonly site: string }[];

export type Happening = { readonly atMs: number } & (
  | { readonly what: 'submit'; readonly actor: Actor }
  | { readonly what: 'cancel' | 'checkpoint'; readonly job: string }
  | { readonly what: 'admit'; readonly node: NodeSpec }
  | { readonly what: 'withdraw'; readonly node: string }
  | { readonly what: 'drain'; readonly node: string; readonly deadlineMs: number | undefined }
  | { readonly what: 'quota'; readonly tenant: string; readonly quota: QuotaSpec }
  | { readonly what: 'queue'; readonly queue: string; readonly spec: QueueSpec }
  | { readonly what: 'bar' | 'unbar'; readonly tenant: string }
  | { readonly what: 'policy'; readonly policy: Policy }
  | { readonly what: 'power'; readonly site: string; readonly cap: PowerCap | undefined }
  | { readonly what: 'reserve'; readonly reservation: AdvanceReservation }
  | { readonly what: 'unreserve'; readonly id: string }
);

export interface Scenario {
  readonly seed: number;
  /** In the order in which they happen. */
  readonly happenings: readonly Happening[];
  /** Of 100 plans with decisions, so many cannot be recorded. */
  readonly conflicts: number;
  /** One tenant, and over before anything is old: what is decided follows from what is recorded alone. */
  readonly calm: boolean;
}

const TENANTS = ['ada', 'bob', 'eve'];
const QUEUES = ['batch', 'urgent'];
const MIG: readonly (readonly [string, number])[] = [['1g.10gb', 125], ['1g.20gb', 250], ['2g.20gb', 250], ['3g.40gb', 500], ['4g.40gb', 500], ['7g.80gb', 1000]];
const COUNTRIES = ['FR', 'DE', 'NL'];

/** The scenario of this number: always the same. */
export function scenario(seed: number): Scenario {
  const chance = new Chance(seed);
  const calm = chance.of100(25);
  const horizonMs = calm ? 1_800_000 : chance.one([600_000, 3_600_000, 10_800_000]);
  const nodes = cluster(chance);
  const sites = [...new Set(nodes.map(({ site }) => site))];
  const tenants = calm ? ['ada'] : TENANTS.slice(0, chance.between(1, 3));
  const gpus = nodes.reduce((sum, node) => sum + node.gpus.length, 0);
  const at = (): number => 1000 * chance.below(horizonMs / 1000);
  const happenings: Happening[] = [];
  for (const queue of QUEUES) happenings.push({ atMs: 0, what: 'queue', queue, spec: queueSpec(chance, queue) });
  for (const tenant of tenants) happenings.push({ atMs: 0, what: 'quota', tenant, quota: quotaSpec(chance, gpus, tenants.length) });
  for (const node of nodes) happenings.push({ atMs: 0, what: 'admit', node });
  const actors = Array.from({ length: chance.between(3, 25) }, (_, i) => actorOf(chance, `j${i}`, tenants, sites, nodes, at(), calm));
  for (const actor of actors) happenings.push({ atMs: actor.ask.arrivedMs, what: 'submit', actor });
  for (let n = chance.one([0, 0, 2, 6, 12]); n > 0; n--) happenings.push(...trouble(chance, at(), nodes, sites, tenants, actors, gpus, horizonMs, n));
  happenings.sort((a, b) => a.atMs - b.atMs);
  return { seed, happenings, conflicts: chance.one([0, 0, 10, 30]), calm };
}

function cluster(chance: Chance): NodeSpec[] {
  const nodes: NodeSpec[] = [];
  const host = chance.of100(30);
  for (let s = chance.one([1, 1, 1, 2, 3]); s > 0; s--) {
    const site = `site${s}`;
    const country = COUNTRIES[s % COUNTRIES.length]!;
    for (const model of chance.of100(25) ? ['H100', 'B200'] : ['H100']) {
      const perUnit = chance.between(1, 3);
      const usual = chance.one([1, 2, 4, 8]);
      for (let n = chance.between(1, 5); n > 0; n--) {
        const name = `${site}.${model}.n${n}`;
        const gpus = chance.of100(15) ? chance.between(1, 8) : usual;
        nodes.push({
          node: name, name, site, country, jurisdiction: country, certifications: [], scalableUnit: Math.floor(n / perUnit) + 1,
          ...(host ? { cpuMilli: 4000 * gpus, memoryMib: 8192 * gpus } : {}),
          gpus: Array.from({ length: gpus }, (_, index) => ({ id: `${name}.g${index}`, index, rail: index, model })),
        });
      }
    }
  }
  return nodes;
}

const queueSpec = (chance: Chance, queue: string): QueueSpec => ({
  priority: queue === 'urgent' ? chance.below(2) : 0,
  defaultTimeLimitS: chance.one([60, 600]),
  minRunS: chance.one([0, 60, 600, undefined]),
  graceS: chance.one([1, 30, 120, undefined]),
});

function quotaSpec(chance: Chance, gpus: number, tenants: number): QuotaSpec {
  const guaranteed = chance.one([gpus, Math.ceil(gpus / tenants), chance.below(gpus + 1), 0]);
  return { guaranteed, borrowable: chance.one([0, gpus, chance.below(gpus + 1)]), weight: chance.between(1, 3) };
}

function actorOf(chance: Chance, job: string, tenants: readonly string[], sites: readonly string[], nodes: readonly NodeSpec[], arrivedMs: number, calm: boolean): Actor {
  const largest = Math.max(...nodes.map(({ gpus }) => gpus.length));
  const host = nodes[0]!.cpuMilli !== undefined;
  const kind = chance.below(100);
  const whole = { nodes: 1, gpusPerNode: chance.between(1, largest), gpuMilli: 1000 };
  const shape: Pick<JobAsk, 'nodes' | 'gpusPerNode' | 'gpuMilli' | 'migProfile' | 'topology'> =
    kind < 45 ? whole
    : kind < 60 ? { nodes: 1, gpusPerNode: 1, gpuMilli: chance.one([1, 100, 250, 333, 500, 700, 999]) }
    : kind < 75 ? migShape(...chance.one(MIG))
    : kind < 78 && host ? { nodes: 1, gpusPerNode: 0, gpuMilli: 1000 }
    : { ...whole, nodes: chance.between(2, 4), topology: topologyOf(chance) };
  const limitS = chance.one(calm ? [30, 60, 300, 600] : [30, 60, 600, 1800, 3600, 7200]);
  return {
    ask: {
      job, ...shape, arrivedMs,
      tenant: chance.one(tenants),
      queue: chance.of100(75) ? 'batch' : 'urgent',
      priority: chance.of100(70) ? 0 : chance.between(1, 3),
      dataClass: 'internal',
      timeLimitS: chance.of100(10) ? undefined : limitS,
      ...(host && chance.of100(70) ? { cpuMilli: 1000 * chance.between(1, 8), memoryMib: 1024 * chance.between(1, 16) } : {}),
      ...(chance.of100(15) ? { site: chance.one(sites) } : {}),
      ...(chance.of100(15) ? { gpuModels: chance.one([['H100'], ['B200'], ['H100', 'B200']]) } : {}),
      ...(chance.of100(10) ? { deadlineMs: arrivedMs + limitS * 1000 + 1000 * chance.below(4000) } : {}),
      ...(chance.of100(10) ? { preemptible: false } : {}),
    },
    share: chance.one([0.1, 0.5, 0.9, 1, 1, 1.5]),
    startDelayMs: chance.one([0, 0, 1000, 20_000]),
    obeysAfter: chance.one([0, 0.5, 1, undefined]),
  };
}

const migShape = (migProfile: string, gpuMilli: number) => ({ nodes: 1, gpusPerNode: 1, gpuMilli, migProfile });

const topologyOf = (chance: Chance): JobAsk['topology'] => chance.one([undefined, { required: 'unit' as const }, { preferred: 'site' as const }, { required: 'site' as const }]);

/** One thing that goes wrong, or is changed by people, and in most cases its end. */
function trouble(chance: Chance, atMs: number, nodes: readonly NodeSpec[], sites: readonly string[], tenants: readonly string[], actors: readonly Actor[], gpus: number, horizonMs: number, n: number): Happening[] {
  const node = chance.one(nodes);
  const tenant = chance.one(tenants);
  const site = chance.one(sites);
  const laterMs = atMs + 1000 * chance.between(1, horizonMs / 1000);
  const ends = chance.of100(85);
  const and = (start: Happening, end: Happening): Happening[] => (ends ? [start, end] : [start]);
  switch (chance.below(10)) {
    case 0:
    case 1:
      return and({ atMs, what: 'withdraw', node: node.node }, { atMs: laterMs, what: 'admit', node });
    case 2:
      return and({ atMs, what: 'drain', node: node.node, deadlineMs: chance.of100(70) ? atMs + 1000 * chance.below(1200) : undefined }, { atMs: laterMs, what: 'admit', node });
    case 3:
      return [{ atMs, what: 'quota', tenant, quota: quotaSpec(chance, gpus, tenants.length) }];
    case 4:
      return [{ atMs, what: 'bar', tenant }, { atMs: laterMs, what: 'unbar', tenant }];
    case 5:
      return and({ atMs, what: 'policy', policy: [{ tenant, site }] }, { atMs: laterMs, what: 'policy', policy: [] });
    case 6:
      return and({ atMs, what: 'power', site, cap: { maxWatts: 700 * chance.between(1, gpus), gpuWatts: { H100: 700 } } }, { atMs: laterMs, what: 'power', site, cap: undefined });
    case 7: {
      const own = nodes.filter((each) => each.site === site && chance.of100(60)).map((each) => each.node);
      const fromMs = atMs + 1000 * chance.below(1800);
      const reservation = { id: `r${n}`, site, tenant: chance.of100(60) ? tenant : undefined, nodes: own, fromMs, toMs: fromMs + 1000 * chance.between(60, 3600) };
      return chance.of100(30) ? [{ atMs, what: 'reserve', reservation }, { atMs: laterMs, what: 'unreserve', id: reservation.id }] : [{ atMs, what: 'reserve', reservation }];
    }
    case 8:
      return [{ atMs, what: 'cancel', job: chance.one(actors).ask.job }];
    default:
      return actors.slice(0, 6).map(({ ask }) => ({ atMs: atMs + 1000 * chance.below(600), what: 'checkpoint' as const, job: ask.job }));
  }
}
