import { Cluster } from './cluster.js';
import { fit } from './fit.js';
import type { Pool } from './pool.js';
import type { EngineState } from './state.js';

/** The cluster as it would be if something were otherwise, and the pools whose reserved job would still wait there. */
export interface Alternative {
  readonly cluster: Cluster;
  readonly stillReserved: ReadonlySet<number>;
}

/** What would be, made once per question and state of the engine. */
export class Alternatives {
  private readonly made = new Map<string, Alternative>();

  constructor(private readonly state: EngineState) {}

  /**
   * @param idle nothing runs @param cordoned cordoned nodes are open
   * @param reserved the jobs with a reserved start come first, where they now fit
   */
  of(idle: boolean, cordoned: boolean, reserved: boolean): Alternative {
    const key = `${idle}/${cordoned}/${reserved}`;
    const made = this.made.get(key) ?? this.make(idle, cordoned, reserved);
    this.made.set(key, made);
    return made;
  }

  private make(idle: boolean, cordoned: boolean, reserved: boolean): Alternative {
    const { state } = this;
    const cluster = new Cluster();
    for (const { facts, model } of state.cluster.pools) cluster.poolFor(facts, model);
    for (const spec of state.cluster.specs) cluster.admit(spec, () => 0);
    if (!idle) for (const { claim, endMs } of state.running.jobs) cluster.take(claim, endMs);
    for (const [n, status] of state.cluster.status.entries()) if (status === 'withdrawn' || !cordoned) cluster.setStatus(n, status);
    const stillReserved = new Set<number>();
    for (const { pool, holder } of reserved ? state.reservations : []) {
      const claim = fit(cluster, cluster.pools[pool.number]!, holder.sample, 0);
      if (claim) cluster.take(claim, 0);
      else stillReserved.add(pool.number);
    }
    return { cluster, stillReserved };
  }
}

export const poolIn = ({ cluster }: Alternative, pool: Pool): Pool => cluster.pools[pool.number]!;
