/** From a source's own words to an observation: each source says under which names it has a field. */
import { GpuObservation, type GpuRef } from './observation.js';
import { busIdOf, countOf, flagOf, nameOf, numberOf, recoveryActionOf, textOf } from './values.js';

type Field = Exclude<keyof GpuObservation, 'gpu' | 'health'>;

const READERS = {
  model: textOf,
  driver: textOf,
  recovery_action: recoveryActionOf,
  last_xid: countOf,
  row_remap_pending: flagOf,
  row_remap_failure: flagOf,
  remapped_rows_correctable: countOf,
  remapped_rows_uncorrectable: countOf,
  banks_without_spare: countOf,
  uncorrected_errors: countOf,
  sram_threshold_exceeded: flagOf,
  channel_repair_pending: flagOf,
  tpc_repair_pending: flagOf,
  unrepairable_memory: flagOf,
  temperature_c: numberOf,
  memory_temperature_c: numberOf,
  power_w: numberOf,
  utilization_percent: numberOf,
  memory_total_mib: numberOf,
  memory_used_mib: numberOf,
} as const satisfies { readonly [F in Field]: (raw: string | undefined) => GpuObservation[F] };

/** A field's names in a source, the preferred one first. */
export type Names = Readonly<Partial<Record<Field, readonly string[]>>>;
export type RefNames = Readonly<Record<keyof GpuRef, readonly string[]>>;

/** What a source has under a name. */
export type Lookup = (name: string) => string | undefined;

const withValues = (entries: readonly (readonly [string, unknown])[]) =>
  Object.fromEntries(entries.filter(([, value]) => value !== undefined));

export function refOf(names: RefNames, lookup: Lookup): GpuRef {
  const first = (name: keyof GpuRef) => names[name].map(lookup).find((raw) => raw !== undefined);
  return withValues([
    ['serial', nameOf(first('serial'))],
    ['index', countOf(first('index'))],
    ['uuid', nameOf(first('uuid'))],
    ['bus_id', busIdOf(first('bus_id'))],
  ]);
}

export function observationOf(gpu: GpuRef, names: Names, lookup: Lookup): GpuObservation {
  const fields = Object.keys(names) as Field[];
  const values = fields.map((field) => {
    const read: (raw: string | undefined) => unknown = READERS[field];
    return [field, (names[field] ?? []).map((name) => read(lookup(name))).find((value) => value !== undefined)] as const;
  });
  return GpuObservation.parse({ gpu, ...withValues(values) });
}
