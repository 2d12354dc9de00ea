/** The engine follows the log of its context: what each event means to it. */
import { epochMs, unreachable } from '@pioche/kernel';
import type { JobEvent, NodePlacement, QueueEvent, QuotaEvent, SitePlanEvent } from '@pioche/contracts';
import type { Engine, JobAsk, NodeShare } from '../engine/index.js';

export type EngineEvent = (JobEvent | QueueEvent | QuotaEvent | SitePlanEvent) & { readonly subject: string; readonly time: string };

/**
 * Applies one recorded event. What the engine has decided itself it knows already: that changes nothing.
 * Policies and tenants' attributes are the permit's matter (`setPermit`), not the engine's.
 */
export function follow(engine: Engine, event: EngineEvent): void {
  const { subject } = event;
  switch (event.type) {
    case 'QuotaSet':
      return engine.setQuota(event.data.tenant, { guaranteed: event.data.guaranteed_gpus, borrowable: event.data.borrowable_gpus, weight: event.data.weight });
    case 'QueueOpened': {
      const { priority, default_time_limit_s: defaultTimeLimitS, min_run_s: minRunS, grace_s: graceS } = event.data;
      return engine.setQueue(subject, { priority, defaultTimeLimitS, minRunS, graceS });
    }
    case 'NodeAdmitted': {
      const { scalable_unit: scalableUnit, ...node } = event.data;
      return engine.admitNode({ ...node, scalableUnit });
    }
    case 'NodeCordoned':
      return engine.cordonNode(event.data.node, event.data.deadline === undefined ? undefined : epochMs(event.data.deadline));
    case 'NodeWithdrawn':
      return engine.withdrawNode(event.data.node);
    case 'NodesReserved': {
      const { reservation: id, site, tenant, nodes, from, to } = event.data;
      return engine.addReservation({ id, site, tenant, nodes, fromMs: epochMs(from), toMs: epochMs(to) });
    }
    case 'ReservationEnded':
      return engine.dropReservation(event.data.reservation);
    case 'PowerCapSet': {
      const { site, max_watts: maxWatts, gpu_watts } = event.data;
      return engine.setPowerCap(site, { maxWatts, gpuWatts: Object.fromEntries(gpu_watts.map(({ gpu_model, watts }) => [gpu_model, watts])) });
    }
    case 'PowerCapLifted':
      return engine.setPowerCap(event.data.site, undefined);
    // Each site's plan bars for itself, so a tenant is free again when all of them have heard of it.
    case 'TenantBarred':
      return engine.barTenant(event.data.tenant, `${subject}/${event.data.switch}`);
    case 'TenantUnbarred':
      return engine.unbarTenant(event.data.tenant, `${subject}/${event.data.switch}`);
    case 'JobSubmitted':
      return engine.submit(askOf(subject, event.data, epochMs(event.time)));
    case 'JobPlaced':
      return engine.placed(subject, event.data.placements.map(shareOf), epochMs(event.time));
    case 'JobRepaired':
      return engine.repaired(subject, event.data.placements.map(shareOf), epochMs(event.time));
    case 'JobStarted':
      return engine.started(subject, epochMs(event.time));
    case 'JobCheckpointed':
      return engine.checkpointed(subject, epochMs(event.time));
    case 'JobPreemptionOrdered':
      return engine.preemptionOrdered(subject, epochMs(event.data.stop_by), event.data.for);
    case 'JobSucceeded':
    case 'JobFailed':
      return engine.finished(subject, epochMs(event.time));
    case 'JobPreempted':
    case 'JobRequeued':
      return engine.requeued(subject);
    case 'JobCancelled':
    case 'JobFenced':
      return engine.cancel(subject);
    case 'AllocationOpened':
    case 'AllocationClosed':
    case 'AllocationsReleased':
    case 'PlacementsDecided':
    case 'PreemptionsDecided':
    case 'PolicyReplicated':
    case 'PolicyWithdrawn':
    case 'TenantReplicated':
      return;
    default:
      return unreachable(event);
  }
}

/** A submission as the engine takes it. */
export const askOf = (job: string, asked: Extract<JobEvent, { type: 'JobSubmitted' }>['data'], arrivedMs: number): JobAsk => ({
  job,
  tenant: asked.tenant,
  queue: asked.queue,
  project: asked.project,
  nodes: asked.nodes,
  gpusPerNode: asked.gpus_per_node,
  gpuMilli: asked.gpu_milli,
  priority: asked.priority,
  timeLimitS: asked.time_limit_s,
  dataClass: asked.data_class,
  site: asked.site,
  gpuModels: asked.gpu_model === undefined ? undefined : [asked.gpu_model],
  migProfile: asked.mig_profile,
  topology: asked.topology,
  deadlineMs: asked.deadline === undefined ? undefined : epochMs(asked.deadline),
  preemptible: asked.preemptible,
  arrivedMs,
});

/** What a job holds of a node, as the engine says it. */
const shareOf = ({ node, gpus, mig_start: migStart }: NodePlacement): NodeShare => (migStart === undefined ? { node, gpus } : { node, gpus, migStart });
