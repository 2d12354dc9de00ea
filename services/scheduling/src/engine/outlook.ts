/** What a state that has just been planned tells about its queue: why each job waits, and until when. */
import { estimate } from './estimates.js';
import { codesOf, type ReasonCode } from './obstacles.js';
import { describe, type Reason } from './reasons.js';
import type { EngineState } from './state.js';
import { Reasoning } from './why.js';

export interface Why {
  readonly job: string;
  /** The fewest that stand in the way; empty: the job starts at the next plan. */
  readonly reasons: readonly Reason[];
  /** Absent when it cannot start as things are. */
  readonly estimatedStartMs?: number;
}

/** All is computed when it is asked for, once. */
export class Outlook {
  private estimated: ReadonlyMap<string, number> | undefined;
  private found: readonly (readonly ReasonCode[])[] | undefined;

  /** @param started jobs that wait, and that the plan has started */
  constructor(readonly state: EngineState, readonly nowMs: number, readonly started: readonly string[] = []) {}

  /** Job → milliseconds; one that cannot start as things are has none. */
  starts(): ReadonlyMap<string, number> {
    if (!this.estimated) {
      const starts = estimate(this.state, this.nowMs);
      for (const job of this.started) starts.set(job, this.nowMs);
      this.estimated = starts;
    }
    return this.estimated;
  }

  /** Why each job waits, as codes, in the order of the queue as the plan has left it. */
  codes(): readonly (readonly ReasonCode[])[] {
    if (!this.found) {
      const reasoning = new Reasoning(this.state, this.nowMs);
      this.found = this.state.backlog.jobs.map((job) => codesOf(reasoning.of(job)));
    }
    return this.found;
  }

  /** Why one job waits, in words. @returns undefined for a job that does not wait */
  why(job: string): Why | undefined {
    const start = this.starts().get(job);
    const estimated = start === undefined ? {} : { estimatedStartMs: start };
    if (this.started.includes(job)) return { job, reasons: [], ...estimated };
    const waits = this.state.waiting.get(job);
    if (!waits) return undefined;
    const codes = codesOf(new Reasoning(this.state, this.nowMs).of(waits));
    return { job, reasons: codes.map((code) => describe(this.state, waits, code, this.nowMs)), ...estimated };
  }
}
