/** A batch's wishes folded by key in memory. What it needs of the table is known before, what it changes after. */
import { valuesOf, type Key, type Row } from './key.js';
import { RowSet, type Changes } from './row-set.js';
import type { Wish } from './rows.js';

/** The rows that must be read before the batch can be folded. */
export interface Needs {
  readonly keys: readonly Row[];
  /** Conditions on other columns: every row that meets one. */
  readonly conditions: readonly Row[];
}

/** Rows that the batch asks about before it says what they are: a key that begins with `put` or `remove` needs none. */
export function needsOf(wishes: readonly Wish<Row>[]): Needs {
  const seen = new Set<string>();
  const keys: Row[] = [];
  const conditions = new Map<string, Row>();
  for (const wish of wishes) {
    const which = wish.kind === 'put' ? wish.row : wish.which;
    if (wish.id === undefined) {
      const columns = Object.keys(which).sort();
      conditions.set(`${columns.join()}:${valuesOf(which, columns)}`, which);
    } else if (!seen.has(wish.id)) {
      seen.add(wish.id);
      if (wish.kind === 'patch' || wish.kind === 'upsert') keys.push(which);
    }
  }
  return { keys, conditions: [...conditions.values()] };
}

/** Does the wishes in order on the rows that were read. */
export function foldWishes(wishes: readonly Wish<Row>[], existing: readonly Row[], key: Key): Changes {
  const rows = new RowSet();
  for (const row of existing) rows.read(key.of(row), row);
  for (const wish of wishes) {
    if (wish.kind === 'put') {
      rows.set(wish.id, wish.row);
      continue;
    }
    for (const id of wish.id === undefined ? rows.where(wish.which) : [wish.id]) {
      if (wish.kind === 'remove') {
        rows.remove(id, wish.which);
        continue;
      }
      const row = rows.get(id) ?? (wish.kind === 'upsert' ? { ...wish.initial, ...wish.which } : undefined);
      if (!row) continue;
      const change = typeof wish.change === 'function' ? wish.change(row) : wish.change;
      key.guard(row, change);
      rows.set(id, { ...row, ...change });
    }
  }
  return rows.changes();
}
