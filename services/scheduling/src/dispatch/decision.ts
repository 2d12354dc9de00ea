/** What the engine has decided, as events: of a site's plan and of the jobs, for one append. */
import { derivedId, fold, instant, type Command, type Fact, type Instant } from '@pioche/kernel';
import type { AppendRequest, StreamWrite } from '@pioche/event-store';
import type { JobEvent } from '@pioche/contracts';
import type { z } from 'zod';
import type { Eviction, NodeShare } from '../engine/index.js';
import { job, type Job, type OpenAllocation, type Submission } from '../job/job.js';
import { orderPreemption, placeJob, repairJob, requeueJob } from '../job/job.commands.js';
import { decidePlacements } from '../site-plan/site-plan.commands.js';
import type { SitePlan } from '../site-plan/site-plan.js';
import type { Batch } from './batches.js';
import type { Picture, Versioned } from './picture.js';

export const DISPATCHER = 'dispatcher';

export interface Decision {
  readonly request: AppendRequest;
  /** The jobs as they are when it is recorded. */
  readonly jobs: readonly (readonly [string, Versioned<Job>])[];
}

/**
 * The command's id follows from the plan and its version, so that one version is decided on once, whoever decides.
 * @param batch of one site, perhaps with nothing in it: then only closed allocations are released
 * @param readAgain facts as the log will say them (`EventStore.readAgain`)
 * @returns nothing when there is nothing to record
 * @throws Refusal when the plan does not allow what the engine decided
 */
export function decisionOf(picture: Picture, { site, placements = [], preemptions = [], repairs = [], evictions = [] }: Batch, now: Instant, readAgain: <F extends Fact>(facts: readonly F[]) => readonly F[] = (facts) => facts): Decision | undefined {
  const plan = picture.planFor(site);
  if (!plan) throw new Error(`no plan of ${site}`);
  const commandId = derivedId('cmd', 'dispatch', plan.id, String(plan.version));
  const context = { now, actor: DISPATCHER, newId: <const P extends string>(prefix: P) => derivedId(prefix, commandId) };
  const allocationOf = (id: string) => derivedId('allocation', commandId, id);
  const decided = { site, site_version: plan.version };
  const stopping = [...evictions, ...repairs].map(({ job: id }) => heldBy(picture, id).allocation);

  const planEvents = decidePlacements.decide(
    plan.state,
    decidePlacements.input.parse({
      released: [...(picture.closed.get(plan.id) ?? []), ...stopping],
      placements: [...repairs, ...placements].map(({ job: id, placements: shares }) => planned(askedBy(picture, id), id, allocationOf(id), shares)),
      preemptions: preemptions.map(({ job: id }) => ({ job: id, allocation: heldBy(picture, id).allocation })),
    }),
    { ...context, id: plan.id },
  );
  if (planEvents.length === 0) return undefined;

  const jobs = new Map<string, { readonly events: readonly JobEvent[]; readonly state: Job }>();
  const issue = <I extends z.ZodType>(command: Command<Job, JobEvent, I>, id: string, input: unknown): void => {
    const before = jobs.get(id) ?? { events: [], state: jobOf(picture, id).state };
    const events = readAgain(command.decide(before.state, command.input.parse(input), { ...context, id }));
    jobs.set(id, { events: [...before.events, ...events], state: fold(job, events, before.state) });
  };
  for (const { job: id, reason } of evictions) {
    const { allocation, placements: lost } = heldBy(picture, id);
    issue(requeueJob, id, { allocation, reason: evictedBecause(reason, plan.state, lost) });
  }
  for (const { job: id, placements: shares, replaced } of repairs)
    issue(repairJob, id, { ...decided, from: heldBy(picture, id).allocation, allocation: allocationOf(id), placements: shares.map(placementOf), replaced });
  for (const { job: id, for: forJob, reason, byMs } of preemptions)
    issue(orderPreemption, id, { allocation: heldBy(picture, id).allocation, reason, for: forJob, stop_by: instant(byMs) });
  for (const { job: id, timeLimitS, placements: shares, permit, gpuModel } of placements)
    issue(placeJob, id, {
      ...decided,
      allocation: allocationOf(id),
      time_limit_s: timeLimitS,
      placements: shares.map(placementOf),
      permit: { policy: permit.policy, policy_version: permit.policyVersion, rules: permit.rules },
      gpu_model: gpuModel,
    });

  const changed = [...jobs].map(([id, { events, state }]) => ({ id, events, state, version: jobOf(picture, id).version }));
  const writes: StreamWrite[] = [
    { stream: plan.id, expected: plan.version, events: planEvents },
    ...changed.map(({ id, events, state, version }) => ({ stream: id, expected: version, events, tenant: job.tenantOf?.(state) })),
  ];
  return {
    request: { commandId, writes, meta: { time: now, actor: DISPATCHER, correlationId: commandId, causationId: commandId } },
    jobs: changed.map(({ id, events, state, version }) => [id, { state, version: version + events.length }]),
  };
}

const placementOf = ({ node, gpus, migStart }: NodeShare) => ({ node, gpus, ...(migStart === undefined ? {} : { mig_start: migStart }) });

const planned = ({ tenant, gpu_milli, mig_profile }: Submission, id: string, allocation: string, shares: readonly NodeShare[]) => ({
  job: id, tenant, allocation, gpu_milli, ...(mig_profile === undefined ? {} : { mig_profile }), placements: shares.map(placementOf),
});

const BECAUSE: Readonly<Record<Eviction['reason'], string>> = {
  'grace-over': 'it was asked to make room and had not stopped in time',
  'no-spare': 'its node is out',
  drain: 'deadline of the drain',
};

/** With the words of whoever took its nodes out. */
function evictedBecause(reason: Eviction['reason'], { nodes }: SitePlan, lost: OpenAllocation['placements']): string {
  const why = reason === 'grace-over' ? [] : lost.flatMap(({ node }) => nodes.get(node)?.reason ?? []);
  return [BECAUSE[reason], ...new Set(why)].join(': ');
}

function jobOf(picture: Picture, id: string): Versioned<Job> {
  const known = picture.jobs.get(id);
  if (!known) throw new Error(`${id} was decided on and is not known`);
  return known;
}

function askedBy(picture: Picture, id: string): Submission {
  const { state } = jobOf(picture, id);
  if (state.status === 'unknown') throw new Error(`${id} was decided on and has not been submitted`);
  return state.asked;
}

function heldBy(picture: Picture, id: string): OpenAllocation {
  const { state } = jobOf(picture, id);
  if (state.status === 'unknown' || !state.open) throw new Error(`${id} was to be stopped and holds nothing`);
  return state.open;
}
