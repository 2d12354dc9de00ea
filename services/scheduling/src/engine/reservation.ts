import type { JobClass } from './backlog.js';
import type { Pool } from './pool.js';
import type { JobAsk } from './types.js';

/** What of a job decides where it fits. */
export type Shape = Pick<JobAsk, 'nodes' | 'gpusPerNode' | 'gpuMilli' | 'migProfile' | 'cpuMilli' | 'memoryMib' | 'topology'>;

/** The reserved start of a blocked job. */
export interface Reservation {
  readonly job: string;
  readonly holder: JobClass;
  readonly pool: Pool;
  readonly startMs: number;
  /** Its start and its limit. */
  readonly endMs: number;
  readonly nodes: readonly number[];
  /** The GPU that it will share with others; absent: whole GPUs, whichever they are. */
  readonly bit?: number | undefined;
}

/** Where and when. */
export type Slot = Pick<Reservation, 'startMs' | 'nodes' | 'bit'>;
