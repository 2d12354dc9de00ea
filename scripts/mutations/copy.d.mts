/** A text of a file that is to be another one. */
export interface Change {
  readonly name: string;
  /** From the root of the checkout. */
  readonly file: string;
  /** Stands in it exactly once. */
  readonly find: string;
  readonly replace: string;
}

export class Copy {
  readonly folder: string;
  constructor(folder?: string);
  mutated<T>(mutation: Change, work: () => Promise<T>): Promise<T>;
  change(changes: readonly Change[]): void;
  build(): void;
  remove(): void;
}
