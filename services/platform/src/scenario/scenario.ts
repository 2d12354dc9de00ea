/** The scenario `superpod`: a month of a GPU cloud on a simulated clock, through public APIs and the agent API alone. */
import { epochMs, instant, plusSeconds, type Instant } from '@pioche/kernel';
import { failureActions, switchActions, type Action, type Hands } from './actions.js';
import type { Cast } from './cast.js';
import { failures } from './failures.js';
import { Fleet, type Assignments, type Report } from './fleet.js';
import type { ScenarioState } from './state.js';
import { LAB } from './tenants.js';
import type { TraceJob } from '@pioche/traces';
import { setUpWorld, type World, type WorldTenant } from './world.js';

/** The simulated month: November 2026, so that the conference of the 17th is in it. */
export const START: Instant = '2026-11-01T00:00:00.000Z';
export const PERIOD = '2026-11';
export const PERIOD_END: Instant = '2026-12-01T00:00:00.000Z';
/** Arrivals and reports of so many simulated seconds go together; each report says when it happened. */
const STEP_S = 600;
const BATCH = 1_000;
const DAY_MS = 86_400_000;

export interface ScenarioInput {
  readonly cast: Cast;
  /** Tells every service what time it is, for timers. */
  tick(now: Instant): Promise<void>;
  readonly jobs: readonly TraceJob[];
  readonly days: number;
  readonly seed: number;
  readonly state: ScenarioState;
  readonly asked: string;
  say(line: string): void;
  /** Called after each step. */
  onProgress(progress: { now: Instant; submitted: number; total: number }): void;
}

export async function runScenario(input: ScenarioInput): Promise<World> {
  const { cast, jobs, state, asked, seed } = input;
  const before = state.read();
  const world = await setUpWorld(cast, seed, START, (line) => input.say(line));
  const hands: Hands = { cast, operator: await cast.operator(), gateway: await cast.gateway(world.site) };
  const simulation = new Simulation(input, world, hands, before?.now ?? START);
  while (simulation.now < PERIOD_END) {
    await simulation.step();
    state.write({ asked, now: simulation.now, finished: false });
    input.onProgress({ now: simulation.now, submitted: simulation.submitted, total: jobs.length });
  }
  return world;
}

class Simulation {
  submitted = 0;
  private readonly fleet: Fleet;
  private readonly actions: Action[];
  private readonly tenantOf: (group: string) => WorldTenant;

  constructor(
    private readonly input: ScenarioInput,
    private readonly world: World,
    private readonly hands: Hands,
    public now: Instant,
  ) {
    const { jobs, seed, days } = input;
    const durations = new Map(jobs.map((job) => [nameOf(job), job.durationS]));
    this.fleet = new Fleet((name) => durations.get(name) ?? 0);
    this.tenantOf = tenantsByGroup(jobs, world.tenants);
    const offAt = plusSeconds(START, days * 86_400 * 0.4);
    const actions = [
      ...failureActions(failures(seed, world.nodes.length, days), START, world, hands, this.fleet),
      ...switchActions(offAt, plusSeconds(offAt, 2 * 3600), world, hands, (line) => input.say(line)),
    ].toSorted((a, b) => (a.at < b.at ? -1 : 1));
    this.actions = now > START ? actions.filter(({ at }) => at > now) : actions;
    this.submitted = now > START ? jobs.filter((job) => arrivalOf(job) <= now).length : 0;
  }

  /** Goes on to the next moment at which something happens. */
  async step(): Promise<void> {
    this.now = this.next();
    const { now, hands } = this;
    for (const api of [hands.operator, hands.gateway]) api.now = now;
    let acted = false;
    for (let action = this.actions[0]; action && action.at <= now; action = this.actions[0]) {
      this.actions.shift();
      await action.run(`action-${action.what}-${action.at}`);
      acted = true;
    }
    // What follows from a failure takes no simulated time: its jobs are elsewhere, or wait again, before they report.
    if (acted) await this.learn((await hands.operator.get<{ head: number }>('scheduling', '/lag')).head);
    await this.learn(Math.max(...(await Promise.all([this.report(), this.submit()]))));
    if (epochMs(now) % DAY_MS === 0) await this.input.tick(now);
  }

  /** @param after position that the scheduler has to have planned with; 0: none */
  private async learn(after: number): Promise<void> {
    const since = this.fleet.cursor === undefined ? '' : `&since=${this.fleet.cursor}`;
    const answer = await this.hands.gateway.get<Assignments>('scheduling', `/agent/assignments?site=${this.world.site}${since}`, after > 0 ? `scheduling:${after}` : undefined);
    this.fleet.learn(answer, this.now);
  }

  /** The end of the step in which the next thing happens; midnight at the latest, for timers. A stop is told when it happens. */
  private next(): Instant {
    const midnight = instant((Math.floor(epochMs(this.now) / DAY_MS) + 1) * DAY_MS);
    const job = this.input.jobs[this.submitted];
    const moments = [midnight, PERIOD_END, this.actions[0]?.at, this.fleet.nextDue(), job && arrivalOf(job)].filter((at) => at !== undefined);
    const soonest = moments.reduce((least, at) => (at < least ? at : least));
    const step = STEP_S * 1000;
    const end = instant(Math.max(Math.ceil(epochMs(soonest) / step), Math.floor(epochMs(this.now) / step) + 1) * step);
    const stop = this.fleet.nextStop();
    return stop !== undefined && stop > this.now && stop < end ? stop : end;
  }

  /** @returns the position of what was written; 0: nothing */
  private async report(): Promise<number> {
    const reports = this.fleet.reports(this.now);
    let position = 0;
    for (let from = 0; from < reports.length; from += BATCH) {
      const batch: Report[] = reports.slice(from, from + BATCH);
      const answer = await this.hands.gateway.post<{ position: number }>('scheduling', '/agent/reports', `reports-${this.now}-${from}`, { reports: batch });
      position = Math.max(position, answer.position);
    }
    return position;
  }

  private async submit(): Promise<number> {
    const { jobs } = this.input;
    const due: TraceJob[] = [];
    for (let job = jobs[this.submitted]; job && arrivalOf(job) <= this.now; job = jobs[this.submitted]) {
      due.push(job);
      this.submitted += 1;
    }
    const byTenant = Map.groupBy(due, ({ group }) => this.tenantOf(group));
    const positions = await Promise.all([...byTenant].map(([tenant, mine]) => this.submitFor(tenant, mine)));
    return Math.max(0, ...positions);
  }

  private async submitFor(tenant: WorldTenant, jobs: readonly TraceJob[]): Promise<number> {
    const submitter = await this.input.cast.submitter(tenant.id);
    submitter.now = this.now;
    let position = 0;
    for (let from = 0; from < jobs.length; from += BATCH) {
      const batch = jobs.slice(from, from + BATCH);
      const answer = await submitter.post<{ items: { position?: number; problem?: object }[] }>('scheduling', '/jobs:batch', `jobs-${this.now}-${tenant.key}-${from}`, {
        items: batch.map((job) => ({ idempotency_key: `job-${job.index}`, input: this.submissionOf(job, tenant) })),
      });
      const refused = answer.items.find(({ problem }) => problem !== undefined);
      if (refused) throw new Error(`a job was refused: ${JSON.stringify(refused.problem)}`);
      position = Math.max(position, ...answer.items.map((result) => result.position ?? 0));
    }
    return position;
  }

  private submissionOf(job: TraceJob, tenant: WorldTenant) {
    const project = tenant.key === LAB ? this.world.projects[job.index % this.world.projects.length] : undefined;
    return {
      queue: this.world.queue,
      name: nameOf(job),
      ...(project && { project }),
      nodes: job.nodes,
      gpus_per_node: job.gpusPerNode,
      gpu_milli: job.gpuMilli,
      time_limit_s: job.limitS,
      data_class: tenant.dataClass,
    };
  }
}

const nameOf = (job: TraceJob): string => `trace-${job.index}`;
const arrivalOf = (job: TraceJob): Instant => plusSeconds(START, job.arrivalS);

/** Groups of a trace become tenants: the one that submits most is the lab, and so on in turn. */
function tenantsByGroup(jobs: readonly TraceJob[], tenants: readonly WorldTenant[]): (group: string) => WorldTenant {
  const counts = new Map<string, number>();
  for (const { group } of jobs) counts.set(group, (counts.get(group) ?? 0) + 1);
  const ranked = [...counts].toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([group]) => group);
  const assigned = new Map(ranked.map((group, rank) => [group, tenants[rank % tenants.length]]));
  return (group) => {
    const tenant = assigned.get(group);
    if (!tenant) throw new Error(`no tenant for group ${group}`);
    return tenant;
  };
}
