/** A Redfish tree as JSON: one resource, a list of them, or an object of them by path. */
import { z } from 'zod';
import type { GpuObservation, Observed } from '../observation.js';
import { nameOf, textOf } from '../values.js';

/** 2³²−1 and 2³¹−1 mean "not set" in these trees, and so does a size of 0. */
const reading = z.object({ Reading: z.number().nullish() }).nullish();
const Health = z.object({ Health: z.string().nullish() }).nullish();
const Resource = z.looseObject({
  '@odata.id': z.string(),
  ProcessorType: z.string().nullish(),
  Model: z.string().nullish(),
  SerialNumber: z.string().nullish(),
  UUID: z.string().nullish(),
  Status: Health,
  MemorySummary: z.object({ TotalMemorySizeMiB: z.number().nullish() }).nullish(),
  PowerWatts: reading,
  TemperatureCelsius: reading,
  LifeTime: z.object({ UncorrectableECCErrorCount: z.number().nullish() }).nullish(),
  Links: z.object({ Processors: z.array(z.object({ '@odata.id': z.string() })).nullish() }).nullish(),
  Oem: z.looseObject({
    Nvidia: z.looseObject({
      SRAMECCErrorThresholdExceeded: z.boolean().nullish(),
      RowRemappingFailed: z.boolean().nullish(),
      RowRemappingPending: z.boolean().nullish(),
    }).nullish(),
  }).nullish(),
});
type Resource = z.infer<typeof Resource>;

/** @returns nothing when the text is not JSON */
export function parseRedfish(text: string): Observed {
  const resources = resourcesOf(text);
  const gpus = resources.filter((resource) => resource.ProcessorType === 'GPU');
  return { gpus: gpus.map((gpu) => observationOf(gpu, resources)), xids: [] };
}

function resourcesOf(text: string): Resource[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return [];
  }
  const one = Resource.safeParse(json);
  const all: unknown[] = one.success ? [json] : typeof json === 'object' && json !== null ? Object.values(json) : [];
  return all.map((item) => Resource.safeParse(item)).flatMap((parsed) => (parsed.success ? [parsed.data] : []));
}

function observationOf(gpu: Resource, resources: readonly Resource[]): GpuObservation {
  const path = gpu['@odata.id'];
  const environment = resources.find((resource) => resource['@odata.id'] === `${path}/EnvironmentMetrics`);
  const metrics = resources.find((resource) => resource['@odata.id'] === `${path}/ProcessorMetrics`)?.Oem?.Nvidia;
  const lifetime = resources.find((resource) => resource['@odata.id'] === `${path}/MemorySummary/MemoryMetrics`)?.LifeTime;
  const memory = resources
    .filter((resource) => resource['@odata.id'].includes('/Memory/'))
    .find((resource) => resource.Links?.Processors?.some((processor) => processor['@odata.id'] === path))?.Oem?.Nvidia;
  return {
    gpu: { serial: nameOf(gpu.SerialNumber ?? undefined), uuid: nameOf(gpu.UUID ?? undefined) },
    model: textOf(gpu.Model ?? undefined),
    health: healthOf(gpu.Status?.Health),
    row_remap_failure: memory?.RowRemappingFailed ?? undefined,
    row_remap_pending: memory?.RowRemappingPending ?? undefined,
    uncorrected_errors: measured(lifetime?.UncorrectableECCErrorCount),
    sram_threshold_exceeded: metrics?.SRAMECCErrorThresholdExceeded ?? undefined,
    power_w: measured(environment?.PowerWatts?.Reading),
    temperature_c: measured(environment?.TemperatureCelsius?.Reading),
    memory_total_mib: measured(gpu.MemorySummary?.TotalMemorySizeMiB) || undefined,
  };
}

const measured = (value: number | null | undefined): number | undefined =>
  value === null || value === undefined || value >= 2 ** 31 - 1 ? undefined : value;

function healthOf(text: string | null | undefined): GpuObservation['health'] {
  const health = text?.toLowerCase();
  return health === 'ok' || health === 'warning' || health === 'critical' ? health : undefined;
}
