/** What goes into the engine and what comes out. Times are milliseconds since 1970; GPU shares are thousandths. */

export interface JobAsk {
  readonly job: string;
  readonly tenant: string;
  readonly queue: string;
  readonly project?: string | undefined;
  readonly nodes: number;
  readonly gpusPerNode: number;
  /** Of each GPU; below 1000 the job has one node and one GPU. */
  readonly gpuMilli: number;
  readonly priority: number;
  /** Absent: the queue's default. */
  readonly timeLimitS?: number | undefined;
  readonly dataClass: string;
  readonly site?: string | undefined;
  readonly gpuModel?: string | undefined;
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
  readonly placements: readonly { readonly node: string; readonly gpus: readonly string[] }[];
  readonly permit: Permit & { readonly allowed: true };
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
}
