/** What handlers say about rows: noted in order, done later for the whole batch at once. */
import type { Key } from './key.js';

export type Change<R> = Partial<R> | ((row: R) => Partial<R>);

/** One wish of a handler. Without an `id` it is about every row that has the values of `which`. */
export type Wish<R> =
  | { readonly kind: 'put'; readonly id: string; readonly row: R }
  | { readonly kind: 'upsert'; readonly id: string; readonly which: Partial<R>; readonly initial: Partial<R>; readonly change: Change<R> }
  | { readonly kind: 'patch'; readonly id: string | undefined; readonly which: Partial<R>; readonly change: Change<R> }
  | { readonly kind: 'remove'; readonly id: string | undefined; readonly which: Partial<R> };

/**
 * The rows of one table of a read model, as a handler changes them. `which` are columns and their values: the whole
 * primary key picks one row, any other columns pick every row that has them (give these an index).
 */
export class Rows<R extends object> {
  readonly wishes: Wish<R>[] = [];

  constructor(private readonly key: Key) {}

  /** The row is as given, whether it was there or not. A column left out is null. */
  put(row: R): void {
    this.wishes.push({ kind: 'put', id: this.key.of(row), row });
  }

  /** Changes the rows that are there; like SQL's UPDATE it does nothing where there is none. */
  patch(which: Partial<R>, change: Change<R>): void {
    this.wishes.push({ kind: 'patch', id: this.key.in(which), which, change });
  }

  /**
   * For counters and sums: a missing row begins as `key` and `initial`, then the change is made.
   * `rows.upsert({ tenant }, { spent: 0n }, (row) => ({ spent: row.spent + amount }))`
   * @param key the whole primary key
   */
  upsert<const K extends Partial<R>>(key: K, initial: Omit<R, keyof K>, change: Change<R>): void {
    const id = this.key.in(key);
    if (id === undefined) throw new Error(`upsert needs the whole primary key, not ${Object.keys(key).join(', ')}`);
    this.wishes.push({ kind: 'upsert', id, which: key, initial: initial as Partial<R>, change });
  }

  /** Deletes the rows, if there are any. */
  remove(which: Partial<R>): void {
    this.wishes.push({ kind: 'remove', id: this.key.in(which), which });
  }
}
