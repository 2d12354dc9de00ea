/** The engine follows the log of its context: what each event means to it. */
import { epochMs, unreachable } from '@pioche/kernel';
import type { JobEvent, QueueEvent, QuotaEvent, SitePlanEvent } from '@pioche/contracts';
import type { Engine, JobAsk } from '../engine/index.js';

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
    case 'QueueOpened':
      return engine.setQueue(subject, { priority: event.data.priority, defaultTimeLimitS: event.data.default_time_limit_s });
    case 'NodeAdmitted': {
      const { scalable_unit: scalableUnit, ...node } = event.data;
      return engine.admitNode({ ...node, scalableUnit });
    }
    case 'NodeCordoned':
      return engine.cordonNode(event.data.node);
    case 'NodeWithdrawn':
      return engine.withdrawNode(event.data.node);
    // Each site's plan bars for itself, so a tenant is free again when all of them have heard of it.
    case 'TenantBarred':
      return engine.barTenant(event.data.tenant, `${subject}/${event.data.switch}`);
    case 'TenantUnbarred':
      return engine.unbarTenant(event.data.tenant, `${subject}/${event.data.switch}`);
    case 'JobSubmitted':
      return engine.submit(askOf(subject, event.data, epochMs(event.time)));
    case 'JobPlaced':
      return engine.placed(subject, event.data.placements, epochMs(event.time));
    case 'JobStarted':
      return engine.started(subject, epochMs(event.time));
    case 'JobSucceeded':
    case 'JobFailed':
      return engine.finished(subject, epochMs(event.time));
    case 'JobRequeued':
      return engine.requeued(subject);
    case 'JobCancelled':
    case 'JobFenced':
      return engine.cancel(subject);
    case 'AllocationOpened':
    case 'AllocationClosed':
    case 'JobCheckpointed':
    case 'AllocationsReleased':
    case 'PlacementsDecided':
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
  arrivedMs,
});
