/** What a check is, and what it has found. */

export interface Result {
  readonly check: string;
  readonly holds: boolean;
  /** How many things were looked at. */
  readonly seen: number;
  /** How many of them are wrong. */
  readonly wrong: number;
  /** The first of them: each names its command, stream or position. */
  readonly findings: readonly string[];
}

/** Findings that are shown; the rest is only counted. */
const SHOWN = 20;

/** Gathers what is wrong. */
export class Findings {
  private readonly shown: string[] = [];
  private count = 0;

  constructor(private readonly check: string) {}

  add(finding: string): void {
    this.count += 1;
    if (this.shown.length < SHOWN) this.shown.push(finding);
  }

  /** @param seen how many things were looked at */
  result(seen: number): Result {
    return { check: this.check, holds: this.count === 0, seen, wrong: this.count, findings: this.shown };
  }
}

/** A check that could not be made does not hold. */
export async function made(check: string, work: () => Promise<Result> | Result): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const findings = new Findings(check);
    findings.add(`it could not be made: ${error instanceof Error ? error.message : String(error)}`);
    return findings.result(0);
  }
}
