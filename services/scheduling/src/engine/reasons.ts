/** Reasons in words: what is in the way, and what would help; and the same as data. */
import { unreachable } from '@pioche/kernel';
import { aheadOf } from './ahead.js';
import type { WaitingJob } from './backlog.js';
import type { ReasonCode } from './obstacles.js';
import type { Pool } from './pool.js';
import type { EngineState } from './state.js';
import { WHOLE } from './units.js';

export interface Reason {
  readonly code: ReasonCode;
  /** For people: what is in the way, and what would help. */
  readonly text: string;
  /** What the text says, as data. */
  readonly details: Readonly<Record<string, unknown>>;
}

const at = (ms: number): string => new Date(ms).toISOString();

/** Puts an obstacle in words, with the numbers that make it one. */
export function describe(state: EngineState, job: WaitingJob, code: ReasonCode, nowMs: number): Reason {
  const { ask, cls } = job;
  const asked = cls.milli / WHOLE;
  const shape = shapeOf(job);
  switch (code) {
    case 'unknown-queue':
      return { code, text: `The queue ${ask.queue} is not open. Open it, or submit to another.`, details: { queue: ask.queue } };
    case 'tenant-barred':
      return { code, text: "The tenant's switch is off; its quorum can switch it on again.", details: { tenant: ask.tenant, barred_by: [...cls.tenant.barredBy].sort() } };
    case 'quota':
      return { code, ...quota(state, job, asked) };
    case 'no-permit': {
      const refusals = state.poolsFor(cls).flatMap((pool) => {
        const permit = state.permit(ask, pool.facts);
        return permit.allowed ? [] : [{ site: pool.facts.site, rules: permit.rules, text: permit.text, ...(permit.policy === undefined ? {} : { policy: permit.policy, policy_version: permit.policyVersion }) }];
      });
      const where = refusals.length === state.poolsFor(cls).length ? 'No site is permitted' : 'Where it could start now it is not permitted';
      return { code, text: `${where}: ${[...new Set(refusals.map(({ text }) => text))].join(' ')}`, details: { refusals } };
    }
    case 'not-enough-gpus':
    case 'fragmentation':
    case 'topology':
    case 'host':
    case 'nodes-cordoned': {
      const pools = poolsOf(state, job).map((pool) => roomOf(state, job, pool));
      const details = { asked_gpus: asked, nodes: ask.nodes, gpus_per_node: ask.gpusPerNode, gpu_milli: ask.gpuMilli, pools };
      const free = Math.max(0, ...pools.map((pool) => pool.free_gpus));
      if (code === 'host') return { code, ...host(state, job, details) };
      if (code === 'nodes-cordoned') return { code, ...cordoned(state, job, shape, details) };
      if (code === 'topology') return { code, text: `Nodes for ${shape} are free, but not all in one scalable unit, which the job requires. It would start over several: prefer the unit instead of requiring it.`, details: { ...details, units: unitsOf(state, job) } };
      const text = code === 'fragmentation'
        ? `${free} GPUs are free, enough for ${shape}, but not on the nodes that this shape needs. Fewer GPUs per node over more nodes may start at once.`
        : `${shape} are asked for; at most ${free} GPUs are free at once where the job may run. It waits for what runs there to end.`;
      return { code, text, details };
    }
    case 'kept-nodes':
      return { code, ...keptNodes(state, job, nowMs) };
    case 'behind-reservation':
      return { code, ...behind(state, job) };
    case 'making-room':
      return { code, ...makingRoom(state, job) };
    case 'power-cap':
      return { code, ...powerCap(state, job, shape) };
    case 'larger-than-site': {
      const pools = state.poolsFor(cls);
      const largest = Math.max(0, ...pools.map(({ largest: gpus }) => gpus));
      const text = pools.length > 0 ? `No site has nodes in service for ${shape}, even if all were free. Ask for fewer.` : 'No node in service has the site and the GPU model that the job asks for.';
      return { code, text, details: { nodes: ask.nodes, gpus_per_node: ask.gpusPerNode, site: ask.site ?? null, gpu_models: ask.gpuModels ?? null, largest_node_gpus: largest } };
    }
    default:
      return unreachable(code);
  }
}

type Words = Omit<Reason, 'code'>;

function shapeOf({ ask: { nodes, gpusPerNode, gpuMilli, migProfile } }: WaitingJob): string {
  if (migProfile !== undefined) return `an instance ${migProfile}`;
  if (gpusPerNode === 0) return 'processors of one node';
  return gpuMilli < WHOLE ? `${gpuMilli}/1000 of a GPU` : `${nodes} × ${gpusPerNode} GPUs`;
}

function quota(state: EngineState, job: WaitingJob, asked: number): Words {
  const { tenant } = job.cls;
  const [used, cap] = [tenant.inUse / WHOLE, tenant.cap / WHOLE];
  const earlier = aheadOf(state, job).filter(({ holder }) => holder.tenant === tenant);
  const kept = earlier.reduce((sum, { holder: { milli } }) => sum + milli, 0) / WHOLE;
  const ends = state.running.jobs.find(({ job: { cls } }) => cls.tenant === tenant)?.endMs;
  const text = !tenant.quota
    ? 'The tenant has no quota yet. Give it one.'
    : asked > cap
      ? `The tenant's quota allows ${cap} GPUs; this job alone asks for ${asked}. Raise the quota, or ask for fewer.`
      : `The tenant holds ${used} of the ${cap} GPUs that its quota allows${kept > 0 ? `, and ${kept} are kept for its earlier jobs` : ''}; ${asked} more do not fit in it. They do when its own jobs end, or with a larger quota.`;
  return {
    text,
    details: {
      tenant: job.ask.tenant, in_use_gpus: used, allowed_gpus: cap, asked_gpus: asked, over_gpus: used + kept + asked - cap,
      kept_gpus: kept, kept_for: earlier.map(({ job: id }) => id), ...(ends === undefined ? {} : { next_end: at(ends) }),
    },
  };
}

function host(state: EngineState, { ask: { cpuMilli = 0, memoryMib = 0 } }: WaitingJob, details: object): Words {
  const { cluster } = state;
  let [cpu, memory] = [0, 0];
  for (const node of cluster.specs.keys()) {
    if (cluster.status[node] !== 'open') continue;
    [cpu, memory] = [Math.max(cpu, cluster.cpu[node]!), Math.max(memory, cluster.memory[node]!)];
  }
  const counted = (value: number): number | null => (value === Infinity ? null : value);
  return {
    text: `GPUs are free, but their nodes have too few processors or too little memory left for ${cpuMilli / 1000} cores and ${memoryMib} MiB on each. It would start with fewer.`,
    details: { ...details, asked_cores: cpuMilli / 1000, asked_memory_mib: memoryMib, most_free_cores: counted(cpu / 1000), most_free_memory_mib: counted(memory) },
  };
}

function cordoned(state: EngineState, job: WaitingJob, shape: string, details: object): Words {
  const { cluster } = state;
  const pools = poolsOf(state, job);
  const nodes = [...cluster.specs.keys()].filter((node) => cluster.status[node] === 'cordoned' && pools.includes(cluster.poolOf[node]!)).map((node) => cluster.specs[node]!.node);
  return { text: `${shape} need nodes that take no new work at present: ${nodes.length} of them are cordoned. They would do when these are in service again.`, details: { ...details, cordoned: nodes } };
}

function keptNodes(state: EngineState, job: WaitingJob, nowMs: number): Words {
  const endMs = nowMs + job.limitMs;
  const inTheWay = [...state.advance.values()].filter(({ tenant, fromMs, toMs }) => tenant !== job.ask.tenant && fromMs < endMs && toMs > nowMs);
  const kept = inTheWay.map(({ id, tenant, nodes, fromMs, toMs }) => ({ reservation: id, tenant: tenant ?? null, nodes: nodes.length, from: at(fromMs), to: at(toMs) }));
  const [first] = [...kept].sort((a, b) => (a.from < b.from ? -1 : 1));
  const until = first && Date.parse(first.from) > nowMs ? ` A job that ends by ${first.from} may still run there: ask for a shorter limit.` : '';
  return { text: `Nodes that it needs are kept for others while it would run (${kept.length === 1 ? 'one reservation' : `${kept.length} reservations`}).${until}`, details: { kept, time_limit_s: job.limitMs / 1000 } };
}

function behind(state: EngineState, job: WaitingJob): Words {
  const pools = state.permittedFor(job.cls).map(({ pool }) => pool);
  const reserved = aheadOf(state, job).filter((each) => pools.includes(each.pool) || each.holder.tenant === job.cls.tenant);
  const ahead = reserved.map(({ job: id, startMs }) => ({ job: id, reserved_start: at(startMs) }));
  const [first, ...more] = ahead;
  const others = more.length === 0 ? '' : ` and ${more.length} more`;
  const before = first ? `${first.job}, whose start is reserved for ${first.reserved_start} at the latest${others}` : 'earlier jobs that something is kept for';
  return { text: `Comes after ${before}. Only what ends by then, or needs nothing of what is kept, goes before: a shorter limit may do.`, details: { ahead, time_limit_s: job.limitMs / 1000 } };
}

function makingRoom(state: EngineState, job: WaitingJob): Words {
  const leaving = state.running.jobs.filter((held) => held.leaving?.for === job.ask.job).map(({ job: { ask }, endMs }) => ({ job: ask.job, leaves_by: at(endMs) }));
  const { nodes = [] } = state.promised.get(job.ask.job) ?? {};
  return {
    text: `Others make room for it: ${leaving.map((each) => `${each.job} leaves by ${each.leaves_by}`).join('; ')}. Then it starts.`,
    details: { leaving, nodes: nodes.map((node) => state.cluster.specs[node]!.node) },
  };
}

function powerCap(state: EngineState, job: WaitingJob, shape: string): Words {
  const { power } = state;
  const sites = new Map(poolsOf(state, job).map((pool) => [pool.facts.site, pool]));
  const watts = [...sites].flatMap(([site, { model }]) => {
    const cap = power.caps.get(site);
    if (!cap) return [];
    const kept = state.powerKept.filter((each) => each.site === site && each.job !== job.ask.job).reduce((sum, { milliwatts }) => sum + milliwatts, 0);
    return [{ site, max_watts: cap.maxWatts, drawn_watts: power.drawnBy(site) / WHOLE, kept_watts: kept / WHOLE, asked_watts: power.drawOf(site, model, job.cls.milli) / WHOLE }];
  });
  const [first] = watts;
  const numbers = first ? `${first.drawn_watts} of ${first.max_watts} W are drawn, ${first.asked_watts} W more are asked for` : '';
  return { text: `${shape} would exceed the power cap of the site: ${numbers}. It starts when others end, or with a higher cap.`, details: { sites: watts } };
}

/** The pools that rules let the job run in; where there are none, those that it wishes for. */
function poolsOf(state: EngineState, { cls }: WaitingJob): Pool[] {
  const permitted = state.permittedFor(cls).map(({ pool }) => pool);
  return permitted.length > 0 ? permitted : state.poolsFor(cls);
}

/** What is free in a pool. */
function roomOf({ cluster }: EngineState, { ask }: WaitingJob, pool: Pool) {
  let free = 0;
  for (let n = pool.members.next(0); n >= 0; n = pool.members.next(n + 1)) free += cluster.freeMilli(n);
  return { site: pool.facts.site, gpu_model: pool.model, free_gpus: free / WHOLE, nodes_with_room: pool.nodesWith(ask.gpusPerNode) };
}

/** Nodes with room, unit by unit. */
function unitsOf(state: EngineState, job: WaitingJob) {
  const { cluster } = state;
  return poolsOf(state, job).flatMap((pool) => {
    const units = new Map<number, number>();
    for (let free = job.ask.gpusPerNode; free <= pool.largest; free++)
      for (let n = pool.buckets[free]!.next(0); n >= 0; n = pool.buckets[free]!.next(n + 1)) {
        const unit = cluster.specs[n]!.scalableUnit;
        units.set(unit, (units.get(unit) ?? 0) + 1);
      }
    return [...units].sort(([a], [b]) => a - b).map(([scalable_unit, nodes_with_room]) => ({ site: pool.facts.site, scalable_unit, nodes_with_room }));
  });
}
