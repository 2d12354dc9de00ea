/** How many jobs may be moved: so many for a hundred placements, saved up, never borrowed. */
const MOVE = 100;

export interface SavedBudget {
  readonly per100: number;
  readonly credit: number;
}

/** What may be moved: nothing unless somebody sets it. */
export class MoveBudget {
  /** Moves for a hundred placements. */
  per100 = 0;
  /** In hundredths of a move. */
  credit = 0;

  placed(): void {
    this.credit += this.per100;
  }

  moved(): void {
    this.credit -= MOVE;
  }

  get open(): boolean {
    return this.credit >= MOVE;
  }
}
