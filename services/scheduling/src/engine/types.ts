/** What goes into the engine and what comes out. Times are milliseconds since 1970; GPU shares are thousandths. */

/** What nodes of a gang may have in common: the rail-aligned scalable unit, or no more than the site. */
export type Domain = 'unit' | 'site';

export interface Topology {
  /** The gang runs in one such domain or not at all; absent: in one site. */
  readonly required?: Domain | undefined;
  /** Where several choices fit, one such domain is taken; absent: one unit. */
  readonly preferred?: Domain | undefined;
}

export interface JobAsk {
  readonly job: string;
  readonly tenant: string;
  readonly queue: string;
  readonly project?: string | undefined;
  readonly nodes: number;
  /** 0: the job needs processors only, of one node. */
  readonly gpusPerNode: number;
  /** Of each GPU; below 1000 the job has one node and one GPU. */
  readonly gpuMilli: number;
  /** An instance of this MIG profile (`mig.ts`) on one GPU of one node; `gpuMilli` is the profile's. */
  readonly migProfile?: string | undefined;
  /** Thousandths of a core, on each node; absent: none are counted. */
  readonly cpuMilli?: number | undefined;
  /** MiB of main memory, on each node; absent: none is counted. */
  readonly memoryMib?: number | undefined;
  readonly priority: number;
  /** Absent: the queue's default. */
  readonly timeLimitS?: number | undefined;
  readonly dataClass: string;
  readonly site?: string | undefined;
  /** Any of these GPU models; absent: any. */
  readonly gpuModels?: readonly string[] | undefined;
  readonly topology?: Topology | undefined;
  /** It should have ended by then: it is served first when it could else not. */
  readonly deadlineMs?: number | undefined;
  /** Whether it may be asked to make room for others; absent: it may. */
  readonly preemptible?: boolean | undefined;
  /** Whether it may be moved to other GPUs of its model while it runs, at little cost; absent: it may not. */
  readonly movable?: boolean | undefined;
  /** Of the first submission; a requeued job keeps it. */
  readonly arrivedMs: number;
}

/** What permits are asked about: nodes of one site that are alike for every rule. */
export interface SiteFacts {
  readonly site: string;
  readonly country: string;
  readonly jurisdiction: string;
  readonly certifications: readonly string[];
}

export interface NodeSpec extends SiteFacts {
  readonly node: string;
  readonly name: string;
  readonly scalableUnit: number;
  /** Thousandths of a core; absent: not counted, there are always enough. */
  readonly cpuMilli?: number | undefined;
  /** MiB of main memory; absent: not counted. */
  readonly memoryMib?: number | undefined;
  readonly gpus: readonly { readonly id: string; readonly index: number; readonly model: string; readonly rail: number }[];
}

export interface QuotaSpec {
  readonly guaranteed: number;
  readonly borrowable: number;
  readonly weight: number;
}

export interface QueueSpec {
  readonly priority: number;
  readonly defaultTimeLimitS: number;
  /** Whether a job of it that does not fit may reserve a start and ask others to make room; absent: it may. */
  readonly reserves?: boolean | undefined;
  /** What runs is left alone for so long before it may be asked to make room; absent: 600 s. */
  readonly minRunS?: number | undefined;
  /** How long it then has to save its progress and stop; absent: 120 s. */
  readonly graceS?: number | undefined;
}

/** Nodes kept for a tenant, or for maintenance, in [from, to): what ends before may still run there. */
export interface AdvanceReservation {
  readonly id: string;
  readonly site: string;
  /** Absent: for nobody. */
  readonly tenant?: string | undefined;
  readonly nodes: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
}

/** What the GPUs that jobs hold in a site may draw together. */
export interface PowerCap {
  readonly maxWatts: number;
  /** Watts of a whole GPU by model; one that is not listed counts as the hungriest that is. */
  readonly gpuWatts: Readonly<Record<string, number>>;
}

export type PermitAsk = Pick<JobAsk, 'tenant' | 'dataClass' | 'project' | 'nodes' | 'gpusPerNode' | 'gpuMilli'>;

export type Permit =
  | { readonly allowed: true; readonly policy: string; readonly policyVersion: number; readonly rules: readonly string[] }
  | { readonly allowed: false; readonly policy?: string; readonly policyVersion?: number; readonly rules: readonly string[]; readonly text: string };

/** Pure as far as the engine can see: the same answer for the same question until `setPermit`. */
export type PermitFunction = (ask: PermitAsk, site: SiteFacts) => Permit;

export interface Placement {
  readonly job: string;
  readonly tenant: string;
  readonly site: string;
  readonly gpuModel: string;
  readonly gpuMilli: number;
  readonly timeLimitS: number;
  readonly placements: readonly NodeShare[];
  readonly permit: Permit & { readonly allowed: true };
}

/** What a job holds of a node. */
export interface NodeShare {
  readonly node: string;
  readonly gpus: readonly string[];
  /** The instance's memory slices of the GPU begin here (as in `nvidia-smi mig -lgipp`). */
  readonly migStart?: number | undefined;
}

/** A job that runs is asked to save its progress and to stop. */
export interface Preemption {
  readonly job: string;
  /** For whom; absent: its node is drained. */
  readonly for?: string | undefined;
  readonly reason: 'priority' | 'guaranteed-quota' | 'repair' | 'drain';
  /** Then it is stopped. */
  readonly byMs: number;
}

/** A gang goes on with other nodes in the place of those that it has lost. */
export interface Repair {
  readonly job: string;
  readonly replaced: readonly { readonly node: string; readonly by: string }[];
  readonly placements: readonly NodeShare[];
}

/** A job goes on elsewhere, to make room for one that would fit nowhere; before the placements of its plan. */
export interface Move {
  readonly job: string;
  readonly placements: readonly NodeShare[];
}

/** A job that has to be stopped now and waits again. */
export interface Eviction {
  readonly job: string;
  readonly reason: 'grace-over' | 'no-spare' | 'drain';
}

/** GPUs that are kept for a blocked job from `startMs` on. */
export interface ReservedStart {
  readonly job: string;
  readonly site: string;
  readonly startMs: number;
  readonly nodes: readonly string[];
}

export interface Decisions {
  readonly nowMs: number;
  readonly placements: readonly Placement[];
  readonly reservations: readonly ReservedStart[];
  readonly preemptions: readonly Preemption[];
  readonly repairs: readonly Repair[];
  readonly evictions: readonly Eviction[];
  /** Only with a budget for moves (`Engine.setMoves`). */
  readonly moves?: readonly Move[];
  /** The next time that something is due although nothing happens; absent: there is none. */
  readonly wakeAtMs?: number | undefined;
}
