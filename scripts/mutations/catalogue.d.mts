/** What notices a mutation: tests of a spec, or a run of the chaos harness. */
export type Catcher = { readonly spec: string; readonly test: string } | { readonly chaos: readonly string[] };

/** One guarantee, broken on purpose. */
export interface Mutation {
  readonly name: string;
  /** Which guarantee it breaks. */
  readonly what: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  readonly caughtBy: readonly Catcher[];
}

export const MUTATIONS: readonly Mutation[];
