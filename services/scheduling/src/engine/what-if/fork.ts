import type { JobClass, WaitingJob } from '../backlog.js';
import { load, save } from '../snapshot.js';
import type { EngineState } from '../state.js';

/**
 * Another state that decides as this one would; what is done to it does nothing here. What runs is restored as from a
 * snapshot; what waits, which can be a hundred thousand jobs, is copied as it stands.
 */
export function fork(state: EngineState): EngineState {
  const copy = load({ ...save(state, []), reservations: [], powerKept: [] }, state.permit);
  copy.permitEpoch = state.permitEpoch;
  const classOf = new Map<JobClass, JobClass>();
  const { backlog, waiting } = copy;
  backlog.jobs = state.backlog.jobs.map((job): WaitingJob => {
    const own = { ...job, cls: classCopied(state, copy, classOf, job.cls) };
    waiting.set(job.ask.job, own);
    return own;
  });
  for (const [tenant, { waiting: milli }] of state.tenants.all) copy.tenants.of(tenant).waiting = milli;
  [backlog.liveClasses, backlog.olds, backlog.work] = [state.backlog.liveClasses, state.backlog.olds, state.backlog.work];
  copy.reservations = state.reservations.flatMap(({ holder, pool, ...each }) => {
    const own = classOf.get(holder);
    return own && waiting.has(each.job) ? [{ ...each, holder: own, pool: copy.cluster.pools[pool.number]! }] : [];
  });
  copy.powerKept = state.powerKept;
  return copy;
}

/** The class as the copy knows it: with the same permits, which are dear to ask for, and nothing of plans. */
function classCopied(state: EngineState, copy: EngineState, known: Map<JobClass, JobClass>, cls: JobClass): JobClass {
  const before = known.get(cls);
  if (before) return before;
  const own = copy.backlog.classes.of(cls.sample);
  const permitted = state.permittedFor(cls).map(({ pool, permit }) => ({ pool: copy.cluster.pools[pool.number]!, permit }));
  Object.assign(own, { live: cls.live, minLimitMs: cls.minLimitMs, permitted, permitsAt: cls.permitsAt });
  known.set(cls, own);
  return own;
}
