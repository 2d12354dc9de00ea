import type { FenceEvent, JobEvent, Recorded, SitePlanEvent } from '@pioche/contracts';
import type { Instant } from '@pioche/kernel';
import { Engine, type EngineSnapshot, type PermitFunction } from '../engine/index.js';
import { JOB_LIFE, job, type Job, type OpenAllocation } from '../job/job.js';
import { permits } from '../permit/permit.js';
import { loadPlan, savePlan, type SavedPlan } from '../site-plan/saved-plan.js';
import { sitePlan, type SitePlan } from '../site-plan/site-plan.js';
import { Board, type SavedBoard } from './board.js';
import { follow, type EngineEvent } from './replay.js';

export interface Versioned<S> {
  readonly state: S;
  readonly version: number;
}

/** Any event of this context's log. */
export type LogEvent = Recorded<FenceEvent> | Recorded<EngineEvent>;

export interface SavedPicture {
  readonly position: number;
  readonly latest: Instant;
  readonly engine: EngineSnapshot;
  readonly board: SavedBoard;
  readonly jobs: readonly (readonly [string, Versioned<Job>])[];
  readonly plans: readonly (readonly [string, Versioned<SavedPlan>])[];
  readonly closed: readonly (readonly [string, readonly string[]])[];
}

const isJob = (event: LogEvent): event is Recorded<JobEvent> => event.subject.startsWith('job_');
const isFence = (event: LogEvent): event is Recorded<FenceEvent> => event.subject.startsWith('fence_');
const isPlan = (event: LogEvent): event is Recorded<SitePlanEvent> => event.subject.startsWith('site_plan_');

const isOver = (state: Job): boolean => state.status !== 'unknown' && state.open === undefined && Object.keys(JOB_LIFE[state.status]).length === 0;

/** All that a decision is made from, as far as the log has been read: the engine, the streams' states, the board. */
export class Picture {
  /** Position of the last event in it. */
  position = 0;
  /** The latest time that an event happened. */
  latest: Instant = '';
  readonly engine: Engine;
  readonly board: Board;
  /** Jobs that are not over. */
  readonly jobs = new Map<string, Versioned<Job>>();
  readonly plans = new Map<string, Versioned<SitePlan>>();
  /** Plan → allocations that have closed and that it still holds. */
  readonly closed = new Map<string, Set<string>>();
  private readonly planOf = new Map<string, string>();
  private rulesChanged = true;

  constructor(saved?: SavedPicture) {
    this.engine = saved ? Engine.restore(saved.engine) : Engine.empty();
    this.board = new Board(saved?.board);
    if (!saved) return;
    this.position = saved.position;
    this.latest = saved.latest;
    for (const [id, known] of saved.jobs) this.jobs.set(id, known);
    for (const [id, { state, version }] of saved.plans) {
      this.plans.set(id, { state: loadPlan(state), version });
      if (state.site !== undefined) this.planOf.set(state.site, id);
    }
    for (const [id, allocations] of saved.closed) this.closed.set(id, new Set(allocations));
  }

  /** Plain data; JSON keeps all of it. */
  save(): SavedPicture {
    return {
      position: this.position,
      latest: this.latest,
      engine: this.engine.snapshot(),
      board: this.board.save(),
      jobs: [...this.jobs],
      plans: [...this.plans].map(([id, { state, version }]) => [id, { state: savePlan(state), version }]),
      closed: [...this.closed].map(([id, allocations]) => [id, [...allocations]]),
    };
  }

  /** Takes in the next event of the log. */
  apply(event: LogEvent): void {
    if (isFence(event)) this.board.fenceChanged(event);
    else follow(this.engine, event);
    if (isJob(event)) this.applyJob(event);
    else if (isPlan(event)) this.applyPlan(event);
    this.position = event.position;
    if (event.time > this.latest) this.latest = event.time;
  }

  /** The plan of a site that has nodes. */
  planFor(site: string): (Versioned<SitePlan> & { readonly id: string }) | undefined {
    const id = this.planOf.get(site);
    const known = id === undefined ? undefined : this.plans.get(id);
    return id !== undefined && known ? { id, ...known } : undefined;
  }

  /** Where the job holds GPUs; empty when it holds none. */
  siteOf(id: string): string {
    const state = this.jobs.get(id)?.state;
    return state === undefined || state.status === 'unknown' ? '' : (state.open?.site ?? '');
  }

  /** Lets the engine decide by the rules as they are now. */
  refreshRules(): void {
    if (!this.rulesChanged) return;
    const bySite = new Map<string, PermitFunction>();
    for (const { state } of this.plans.values())
      if (state.site !== undefined) bySite.set(state.site, permits(state.policies.values(), state.tenants.values(), state.barred.keys()));
    const none = permits([]);
    this.engine.setPermit((ask, facts) => (bySite.get(facts.site) ?? none)(ask, facts));
    this.rulesChanged = false;
  }

  private applyJob(event: Recorded<JobEvent>): void {
    const { state } = this.jobs.get(event.subject) ?? { state: job.initial };
    const next = job.evolve(state, event);
    this.board.jobChanged(event, next.status === 'unknown' ? undefined : next.asked);
    if (event.type === 'AllocationClosed' && state.status !== 'unknown' && state.open) this.noteClosed(state.open);
    if (isOver(next)) this.jobs.delete(event.subject);
    else this.jobs.set(event.subject, { state: next, version: event.version });
  }

  private noteClosed({ site, allocation, placements }: OpenAllocation): void {
    const plan = this.planOf.get(site) ?? '';
    // What the dispatcher itself has closed was given back in the same append.
    if (!this.plans.get(plan)?.state.nodes.get(placements[0]?.node ?? '')?.holds.some((hold) => hold.allocation === allocation)) return;
    this.closed.set(plan, (this.closed.get(plan) ?? new Set()).add(allocation));
  }

  private applyPlan(event: Recorded<SitePlanEvent>): void {
    const { subject } = event;
    const state = sitePlan.evolve(this.plans.get(subject)?.state ?? sitePlan.initial, event);
    this.plans.set(subject, { state, version: event.version });
    switch (event.type) {
      case 'NodeAdmitted':
        // A site's first node makes its rules count.
        if (!this.planOf.has(event.data.site)) this.rulesChanged = true;
        this.planOf.set(event.data.site, subject);
        return this.board.nodeAdmitted(event.data.node, event.data.site);
      case 'PolicyReplicated':
      case 'PolicyWithdrawn':
      case 'TenantReplicated':
      case 'TenantBarred':
      case 'TenantUnbarred':
        this.rulesChanged = true;
        return;
      case 'AllocationsReleased':
        for (const allocation of event.data.allocations) this.closed.get(subject)?.delete(allocation);
        return;
      default: // the plan itself has changed, nothing beside it
    }
  }
}
