import type { Pool } from '../pool.js';

/** Nodes that are kept for a job until those whom it has asked are gone. */
export interface Promised {
  readonly job: string;
  readonly pool: Pool;
  readonly nodes: readonly number[];
  readonly atMs: number;
}
