/** A row, or some of its columns, as handlers see it: by property name. */
export type Row = Readonly<Record<string, unknown>>;

const SEPARATOR = '\u001f';

/** Columns' values as one text. */
export const valuesOf = (row: Row, columns: readonly string[]): string => {
  let text = '';
  for (const column of columns) text += String(row[column]) + SEPARATOR;
  return text;
};

/** How the rows of a table are told apart. */
export class Key {
  /** @param columns the primary columns */
  constructor(readonly columns: readonly string[]) {}

  of(row: object): string {
    return valuesOf(row as Row, this.columns);
  }

  /** The key in a condition that is exactly the primary columns; nothing in another one. @throws Error when it is empty */
  in(which: object): string | undefined {
    const columns = Object.keys(which).length;
    if (columns === 0) throw new Error('a handler must say which rows');
    return columns === this.columns.length && this.columns.every((column) => column in which) ? this.of(which) : undefined;
  }

  /** @throws Error when the change would make another row of it */
  guard(row: Row, change: Row): void {
    for (const column of this.columns) {
      if (change[column] !== undefined && change[column] !== row[column]) throw new Error('a change cannot touch the primary key');
    }
  }
}
