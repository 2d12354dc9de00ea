/** A job as a trace tells it: the platform is shown all of it but the duration. */
export interface TraceJob {
  /** Its number in the trace: what its idempotency key and name are made from. */
  readonly index: number;
  /** Seconds after the start of the replay. */
  readonly arrivalS: number;
  /** Seconds it would run undisturbed. */
  readonly durationS: number;
  /** Seconds it asks for. */
  readonly limitS: number;
  readonly nodes: number;
  readonly gpusPerNode: number;
  /** 1000 is a whole GPU; less is a share of one. */
  readonly gpuMilli: number;
  /** Which of the trace's groups submitted it; the scenario gives each group to a tenant. */
  readonly group: string;
}

/** A line of a trace that cannot be read: where, and what was expected. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
  constructor(file: string, line: number, column: string, problem: string) {
    super(`${file}:${line}: ${column}: ${problem}`);
  }
}
