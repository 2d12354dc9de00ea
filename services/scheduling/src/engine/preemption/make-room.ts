/** Whom a job that waits in vain, and has the right to, asks to make room. */
import type { WaitingJob } from '../backlog.js';
import { popcount } from '../bits.js';
import type { Pool } from '../pool.js';
import type { Profile } from '../profile.js';
import type { EngineState } from '../state.js';
import type { Preemption } from '../types.js';
import { askFor } from './orders.js';
import type { Promised } from './promise.js';
import { borrowedBy, byPriority, graceOf, isGuaranteed, type Claimant } from './rank.js';
import { lossOf, victimsAmong, type VictimSet } from './victims.js';

const ANY_HOST = { gpus: 0, cpu: 0, memory: 0 };

export class MakeRoom {
  readonly orders: Preemption[] = [];
  private refused: Set<WaitingJob['cls']> | undefined;
  private could: boolean | undefined;

  /** @param profile with what is reserved for jobs before the one that asks */
  constructor(private readonly state: EngineState, private readonly profile: Profile, private readonly nowMs: number) {}

  /** @returns the nodes that others leave for the job, or nothing */
  ask(job: WaitingJob): Promised | undefined {
    this.could ??= anyoneCould(this.state);
    if (!this.could || this.refused?.has(job.cls)) return undefined;
    const found = this.cheapest(job);
    if (!found) {
      this.refused ??= new Set();
      this.refused.add(job.cls);
      return undefined;
    }
    this.orders.push(...askFor(this.state, job, found, this.nowMs));
    return this.state.promised.get(job.ask.job);
  }

  /** The domain in which the least is lost: one unit where the gang wants one, else the pool. */
  private cheapest(job: WaitingJob): VictimSet | undefined {
    const { state, nowMs } = this;
    const claimant: Claimant = { job, guaranteed: isGuaranteed(state, job.cls) };
    const among = (pool: Pool, nodes: readonly number[]): VictimSet | undefined => {
      const found = victimsAmong(state, claimant, pool, nodes, this.spareFor(job), nowMs);
      return found && found.victims.length > 0 ? found : undefined;
    };
    const cost = ({ victims }: VictimSet): number => lossOf(victims.map(({ held }) => held), nowMs);
    let best: VictimSet | undefined;
    for (const { pool } of state.permittedFor(job.cls)) {
      if (!state.power.allows(pool, job.cls.milli)) continue;
      for (const nodes of domainsOf(state, job, pool)) {
        const found = among(pool, nodes);
        if (found && cost(found) < (best ? cost(best) : Infinity)) best = found;
      }
      // Over several units only when no single one can.
      if (!best && job.ask.nodes > 1 && job.ask.topology?.required !== 'unit') best = among(pool, pool.nodes());
    }
    return best;
  }

  /** Whole GPUs that are free and not reserved for a job before it while it would run. */
  private spareFor(job: WaitingJob) {
    const { cluster } = this.state;
    const fromMs = this.nowMs + graceOf(job);
    return (node: number): number => {
      if (this.profile.keeps(node, job.ask.tenant, fromMs, fromMs + job.limitMs)) return -1;
      return Math.min(popcount(cluster.free[node]!), this.profile.gpusOver(node, ANY_HOST, fromMs, fromMs + job.limitMs));
    };
  }
}

/** Whether anything that runs could have to make room: it borrows, or something of higher priority waits. */
function anyoneCould(state: EngineState): boolean {
  for (const [tenant, { inUse }] of state.tenants.all) if (inUse > 0 && borrowedBy(state, tenant) > 0) return true;
  const [first] = state.backlog.jobs;
  return first !== undefined && state.running.jobs.some(({ job }) => byPriority(first, job) > 0);
}

function domainsOf(state: EngineState, { ask }: WaitingJob, pool: Pool): number[][] {
  const nodes = pool.nodes();
  if (ask.nodes === 1 || (ask.topology?.required !== 'unit' && ask.topology?.preferred === 'site')) return [nodes];
  const units = Map.groupBy(nodes, (node) => state.cluster.specs[node]!.scalableUnit);
  return [...units].sort(([a], [b]) => a - b).map(([, own]) => own).filter((own) => own.length >= ask.nodes);
}
