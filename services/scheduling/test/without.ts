/** What a reason claims, tried for real: a fork in which the obstacles are away, for this job alone. */
import type { Engine, JobAsk } from '../src/engine/index.js';
import { allowAll } from './engine-world.js';

/** The tenant that a job is given to when its own one's quota is not to count. */
const STRANGER = 'eve';

/** Where what runs goes when its GPUs are to be free: nodes of another kind, which take nothing new. */
function moveAway(fork: Engine): void {
  const { nodes, running } = fork.snapshot();
  const elsewhere = (id: string): string => `elsewhere-${id}`;
  for (const { spec } of nodes) {
    fork.admitNode({ ...spec, node: elsewhere(spec.node), gpus: spec.gpus.map((gpu) => ({ ...gpu, id: elsewhere(gpu.id), model: 'elsewhere' })) });
    fork.cordonNode(elsewhere(spec.node));
  }
  for (const { ask, nodes: numbers, masks, startedMs } of running) {
    const placements = numbers.map((number, i) => {
      const { spec } = nodes[number]!;
      return { node: elsewhere(spec.node), gpus: spec.gpus.flatMap(({ id }, bit) => ((masks[i]! & (1 << bit)) !== 0 ? [elsewhere(id)] : [])) };
    });
    fork.repaired(ask.job, placements, startedMs);
  }
}

/** The job as it would be without what stands in its own way: another shape, other wishes, a tenant with room. Last in the queue. */
function asked(ask: JobAsk, away: ReadonlySet<string>): JobAsk[] {
  const own: JobAsk = {
    ...ask,
    job: `${ask.job}'`,
    priority: -100,
    ...(away.has('quota') ? { tenant: STRANGER } : {}),
    ...(away.has('topology') ? { topology: undefined } : {}),
    ...(away.has('host') ? { cpuMilli: undefined, memoryMib: undefined } : {}),
    ...(away.has('unknown-queue') ? { queue: 'batch' } : {}),
  };
  if (!away.has('fragmentation')) return [own];
  // In the smallest pieces: then only how much is free counts.
  return Array.from({ length: ask.nodes * ask.gpusPerNode }, (_, i) => ({ ...own, job: `${own.job}${i}`, nodes: 1, gpusPerNode: 1, cpuMilli: undefined, memoryMib: undefined, topology: undefined }));
}

/** Whether the job starts at the next plan when these obstacles are away. Those before it that something is kept for stay. */
export function startsWithout(engine: Engine, ask: JobAsk, obstacles: readonly string[], nowMs: number): boolean {
  const away = new Set(obstacles);
  const fork = engine.fork();
  const { reservations, powerKept, tenants, advance, powerCaps } = fork.snapshot();
  const order = fork.pending();
  const kept = new Set([...reservations, ...powerKept].map(({ job }) => job));
  const before = new Set(away.has('behind-reservation') ? [] : order.slice(0, order.indexOf(ask.job)).filter((job) => kept.has(job)));
  for (const job of order) if (!before.has(job)) fork.cancel(job);

  fork.setQuota(STRANGER, { guaranteed: 0, borrowable: 1000, weight: 1 });
  const barredBy = tenants.find(({ tenant }) => tenant === ask.tenant)?.barredBy ?? [];
  if (away.has('tenant-barred')) for (const by of barredBy) fork.unbarTenant(ask.tenant, by);
  else for (const by of barredBy) fork.barTenant(STRANGER, by);
  if (away.has('nodes-cordoned')) for (const { spec, status } of fork.snapshot().nodes) if (status === 'cordoned') fork.admitNode(spec);
  if (away.has('not-enough-gpus')) moveAway(fork);
  if (away.has('kept-nodes')) for (const { id } of advance) fork.dropReservation(id);
  if (away.has('power-cap')) for (const [site] of powerCaps) fork.setPowerCap(site, undefined);
  if (away.has('no-permit')) fork.setPermit(allowAll);
  const jobs = asked(ask, away);
  for (const job of jobs) fork.submit(job);
  const started = new Set(fork.plan(nowMs).placements.map(({ job }) => job));
  return jobs.every(({ job }) => started.has(job));
}
