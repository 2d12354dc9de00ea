import { valuesOf, type Row } from './key.js';

/** What a batch has changed: rows as they are now, and keys of those that are gone. */
export interface Changes {
  readonly put: readonly Row[];
  readonly removed: readonly Row[];
}

interface Entry {
  row: Row | undefined;
  /** Its key columns at least; nothing while it is as it was read. */
  changed: Row | undefined;
}

interface Index {
  readonly columns: readonly string[];
  readonly ids: Map<string, Set<string>>;
}

/** Rows by key, and by any columns that someone asks for: an index is made at the first question and kept. */
export class RowSet {
  private readonly entries = new Map<string, Entry>();
  private readonly indexes = new Map<string, Index>();

  read(id: string, row: Row): void {
    this.entries.set(id, { row, changed: undefined });
  }

  get(id: string): Row | undefined {
    return this.entries.get(id)?.row;
  }

  set(id: string, row: Row): void {
    this.change(id, row, row);
  }

  /** @param which its key columns, where the row itself was not read */
  remove(id: string, which: Row): void {
    this.change(id, undefined, this.get(id) ?? which);
  }

  /** Keys of the rows that have these values. */
  where(which: Row): string[] {
    const columns = Object.keys(which).sort();
    const name = columns.join();
    let index = this.indexes.get(name);
    if (!index) {
      index = { columns, ids: new Map() };
      for (const [id, { row }] of this.entries) if (row) add(index, row, id);
      this.indexes.set(name, index);
    }
    return [...(index.ids.get(valuesOf(which, columns)) ?? [])];
  }

  changes(): Changes {
    const put: Row[] = [];
    const removed: Row[] = [];
    for (const { row, changed } of this.entries.values()) {
      if (changed && row) put.push(row);
      else if (changed) removed.push(changed);
    }
    return { put, removed };
  }

  private change(id: string, row: Row | undefined, changed: Row): void {
    const entry = this.entries.get(id);
    for (const index of this.indexes.values()) {
      if (entry?.row) index.ids.get(valuesOf(entry.row, index.columns))?.delete(id);
      if (row) add(index, row, id);
    }
    if (entry) {
      entry.row = row;
      entry.changed = changed;
    } else this.entries.set(id, { row, changed });
  }
}

function add({ columns, ids }: Index, row: Row, id: string): void {
  const values = valuesOf(row, columns);
  const there = ids.get(values);
  if (there) there.add(id);
  else ids.set(values, new Set([id]));
}
