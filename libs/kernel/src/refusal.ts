/** What a rule says no with. It names the rule (`code`) and tells the caller what to do next (`details`). */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    readonly code: string,
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(`${code} ${JSON.stringify(details)}`);
  }
}

/** Refuses. @throws Refusal always */
export function refuse(code: string, details: Readonly<Record<string, unknown>> = {}): never {
  throw new Refusal(code, details);
}

/** Marks a `switch` as complete: TypeScript refuses it while a case is missing. @throws Error if reached */
export function unreachable(never: never): never {
  throw new Error(`not handled: ${JSON.stringify(never)}`);
}

/** status → what may be done → next status. */
export type TransitionTable = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The status that `command` leads to. @throws Refusal `transition-not-allowed`, naming the allowed ones */
export function follow(table: TransitionTable, status: string, command: string): string {
  const next = table[status]?.[command];
  return next ?? refuse('transition-not-allowed', { status, command, allowed: Object.keys(table[status] ?? {}) });
}
