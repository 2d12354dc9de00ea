import { unreachable } from '@pioche/kernel';
import { aheadOf } from './ahead.js';
import type { WaitingJob } from './backlog.js';
import { WHOLE } from './units.js';
import type { Pool } from './pool.js';
import type { EngineState } from './state.js';
import type { Obstacle } from './obstacles.js';

export interface Reason {
  readonly code: Obstacle | 'larger-than-site';
  /** For people: what is in the way, and what would help. */
  readonly text: string;
  /** What the text says, as data. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** Puts an obstacle in words, with the numbers that make it one. */
export function describe(state: EngineState, job: WaitingJob, code: Reason['code']): Reason {
  const { ask, cls } = job;
  const asked = cls.milli / WHOLE;
  const shape = ask.gpuMilli < WHOLE ? `${ask.gpuMilli}/1000 of a GPU` : `${ask.nodes} × ${ask.gpusPerNode} GPUs`;
  const tenant = state.tenants.of(ask.tenant);
  switch (code) {
    case 'unknown-queue':
      return { code, text: `The queue ${ask.queue} is not open. Open it, or submit to another.`, details: { queue: ask.queue } };
    case 'tenant-barred':
      return { code, text: "The tenant's switch is off; its quorum can switch it on again.", details: { tenant: ask.tenant, barred_by: [...tenant.barredBy].sort() } };
    case 'quota': {
      const [used, cap] = [tenant.inUse / WHOLE, tenant.cap / WHOLE];
      const text = tenant.quota
        ? `The tenant holds ${used} of the ${cap} GPUs that its quota allows; ${asked} more do not fit in it.`
        : 'The tenant has no quota yet.';
      return { code, text, details: { tenant: ask.tenant, in_use_gpus: used, allowed_gpus: cap, asked_gpus: asked, over_gpus: used + asked - cap } };
    }
    case 'no-permit': {
      const refusals = state.poolsFor(cls).flatMap((pool) => {
        const permit = state.permit(ask, pool.facts);
        return permit.allowed ? [] : [{ site: pool.facts.site, rules: permit.rules, text: permit.text, ...(permit.policy === undefined ? {} : { policy: permit.policy, policy_version: permit.policyVersion }) }];
      });
      return { code, text: `No site is permitted: ${[...new Set(refusals.map(({ text }) => text))].join(' ')}`, details: { refusals } };
    }
    case 'not-enough-gpus':
    case 'fragmentation':
    case 'nodes-cordoned': {
      const pools = roomOf(state, job);
      const free = Math.max(0, ...pools.map((pool) => pool.free_gpus));
      const text = {
        'not-enough-gpus': `${shape} are asked for; at most ${free} GPUs are free at once where the job may run.`,
        fragmentation: `${free} GPUs are free, enough for ${shape}, but not on the nodes that this shape needs.`,
        'nodes-cordoned': `${shape} need nodes that take no new work at present.`,
      }[code];
      return { code, text, details: { asked_gpus: asked, nodes: ask.nodes, gpus_per_node: ask.gpusPerNode, gpu_milli: ask.gpuMilli, pools } };
    }
    case 'behind-reservation': {
      const pools = state.permittedFor(cls).map(({ pool }) => pool);
      const reserved = aheadOf(state, job).filter((each) => pools.includes(each.pool) || each.holder.sample.tenant === ask.tenant);
      const ahead = reserved.map(({ job: id, startMs }) => ({ job: id, reserved_start: new Date(startMs).toISOString() }));
      return { code, text: `Comes after ${ahead.map((each) => `${each.job}, whose start is reserved for ${each.reserved_start} at the latest`).join('; ')}. Only what ends by then, or needs none of those GPUs, goes before.`, details: { ahead, time_limit_s: job.limitMs / 1000 } };
    }
    case 'larger-than-site': {
      const pools = state.poolsFor(cls);
      const text = pools.length > 0 ? `No site has nodes for ${shape}, even if all were free.` : 'No node in service has the site and the GPU model that the job asks for.';
      return { code, text, details: { nodes: ask.nodes, gpus_per_node: ask.gpusPerNode, site: ask.site ?? null, gpu_models: ask.gpuModels ?? null } };
    }
    default:
      return unreachable(code);
  }
}

/** What is free, pool by pool, where rules let the job run. */
function roomOf(state: EngineState, { cls, ask }: WaitingJob) {
  const room = (pool: Pool) => {
    let free = 0;
    for (let n = pool.members.next(0); n >= 0; n = pool.members.next(n + 1)) free += state.cluster.freeMilli(n);
    return { site: pool.facts.site, gpu_model: pool.model, free_gpus: free / WHOLE, nodes_with_room: pool.nodesWith(ask.gpusPerNode) };
  };
  const permitted = state.permittedFor(cls).map(({ pool }) => pool);
  return (permitted.length > 0 ? permitted : state.poolsFor(cls)).map(room);
}
