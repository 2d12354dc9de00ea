/** What the engine has decided, as events: of a site's plan and of the jobs, for one append. */
import { derivedId, fold, type Instant } from '@pioche/kernel';
import type { AppendRequest, StreamWrite } from '@pioche/event-store';
import type { Placement } from '../engine/index.js';
import { job, type Job } from '../job/job.js';
import { placeJob } from '../job/job.commands.js';
import { decidePlacements } from '../site-plan/site-plan.commands.js';
import type { Picture, Versioned } from './picture.js';

export const DISPATCHER = 'dispatcher';

export interface Decision {
  readonly request: AppendRequest;
  /** The jobs as they are when it is recorded. */
  readonly jobs: readonly (readonly [string, Versioned<Job>])[];
}

/**
 * The command's id follows from the plan and its version, so that one version is decided on once, whoever decides.
 * @param placements of this site, perhaps none: then only closed allocations are released
 * @returns nothing when there is nothing to record
 * @throws Refusal when the plan does not allow what the engine decided
 */
export function decisionOf(picture: Picture, site: string, placements: readonly Placement[], now: Instant): Decision | undefined {
  const plan = picture.planFor(site);
  if (!plan) throw new Error(`no plan of ${site}`);
  const commandId = derivedId('cmd', 'dispatch', plan.id, String(plan.version));
  const context = { now, actor: DISPATCHER, newId: <const P extends string>(prefix: P) => derivedId(prefix, commandId) };
  const placed = placements.map((placement) => ({ placement, known: jobOf(picture, placement.job), allocation: derivedId('allocation', commandId, placement.job) }));

  const planEvents = decidePlacements.decide(
    plan.state,
    decidePlacements.input.parse({
      released: [...(picture.closed.get(plan.id) ?? [])],
      placements: placed.map(({ placement, allocation }) => ({ job: placement.job, tenant: placement.tenant, allocation, gpu_milli: placement.gpuMilli, placements: placement.placements })),
    }),
    { ...context, id: plan.id },
  );
  if (planEvents.length === 0) return undefined;

  const writes: StreamWrite[] = [{ stream: plan.id, expected: plan.version, events: planEvents }];
  const jobs: (readonly [string, Versioned<Job>])[] = [];
  for (const { placement, known, allocation } of placed) {
    const input = placeJob.input.parse({
      allocation,
      site,
      site_version: plan.version,
      time_limit_s: placement.timeLimitS,
      placements: placement.placements,
      permit: { policy: placement.permit.policy, policy_version: placement.permit.policyVersion, rules: placement.permit.rules },
      gpu_model: placement.gpuModel,
    });
    const events = placeJob.decide(known.state, input, { ...context, id: placement.job });
    writes.push({ stream: placement.job, expected: known.version, events, tenant: placement.tenant });
    jobs.push([placement.job, { state: fold(job, events, known.state), version: known.version + events.length }]);
  }
  return { request: { commandId, writes, meta: { time: now, actor: DISPATCHER, correlationId: commandId, causationId: commandId } }, jobs };
}

function jobOf(picture: Picture, id: string): Versioned<Job> {
  const known = picture.jobs.get(id);
  if (!known) throw new Error(`${id} was placed and is not known`);
  return known;
}
