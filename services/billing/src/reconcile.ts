/** Whether the books agree: the same totals, kept in several places. */

/** Nano-euro by whatever the books are compared by: an account, an account and period, a project. */
export type Totals = ReadonlyMap<string, bigint>;

export interface Difference {
  readonly key: string;
  /** The book that disagrees with the first. */
  readonly book: string;
  readonly expected_nano: string;
  readonly found_nano: string;
  readonly difference_nano: string;
}

/**
 * Compares each book with the first, key by key; what a book does not have is zero in it.
 * @param books for instance `{ usage, ledger, invoices }`
 * @returns the differences, by key; none: they agree to the nano-euro
 */
export function reconcile(books: Readonly<Record<string, Totals>>): Difference[] {
  const [first, ...others] = Object.entries(books);
  if (!first) return [];
  const keys = [...new Set(Object.values(books).flatMap((totals) => [...totals.keys()]))].sort();
  return keys.flatMap((key) => {
    const expected = first[1].get(key) ?? 0n;
    return others
      .map(([book, totals]) => ({ book, found: totals.get(key) ?? 0n }))
      .filter(({ found }) => found !== expected)
      .map(({ book, found }) => ({
        key,
        book,
        expected_nano: expected.toString(),
        found_nano: found.toString(),
        difference_nano: (found - expected).toString(),
      }));
  });
}
