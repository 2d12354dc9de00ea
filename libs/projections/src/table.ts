/** One table of one generation of a read model: how its rows are read and written, set by set. */
import { escapeIdentifier as quote, type ClientBase } from 'pg';
import { Table, type EntityMetadata, type QueryRunner } from 'typeorm';
import { codecOf, type Codec } from './codec.js';
import type { Needs } from './fold.js';
import { isolated, type Visibility } from './isolation.js';
import { Key, type Row } from './key.js';
import type { Changes } from './row-set.js';

export class ReadModelTable {
  readonly key: Key;
  private readonly codec: Codec;
  private readonly columns: readonly string[];
  private readonly keyColumns: readonly string[];
  private readonly upsertSql: string;
  private readonly deleteSql: string;

  /**
   * @param name the table's own name; the entity's is the view over the live one
   * @param shared tenants see all of it, where it has no column `tenant`
   */
  constructor(
    private readonly metadata: EntityMetadata,
    readonly name: string,
    private readonly shared = false,
  ) {
    this.codec = codecOf(metadata);
    this.key = new Key(metadata.primaryColumns.map((column) => column.propertyName));
    this.columns = metadata.columns.map((column) => quote(column.databaseName));
    this.keyColumns = metadata.primaryColumns.map((column) => quote(column.databaseName));
    const others = this.columns.filter((column) => !this.keyColumns.includes(column));
    const onConflict = others.length === 0 ? 'NOTHING' : `UPDATE SET ${others.map((column) => `${column} = excluded.${column}`).join(', ')}`;
    const list = this.columns.join(', ');
    this.upsertSql = `INSERT INTO ${quote(name)} (${list}) SELECT ${list} FROM ${this.given('$1')}
      ON CONFLICT (${this.keyColumns.join(', ')}) DO ${onConflict}`;
    this.deleteSql = `DELETE FROM ${quote(name)} t USING ${this.given('$1')} g WHERE ${equal(this.keyColumns)}`;
  }

  get viewName(): string {
    return this.metadata.tableName;
  }

  get viewSql(): string {
    // Who asks the view is who asks the table: its policies hold.
    return `VIEW ${quote(this.viewName)} WITH (security_invoker = true) AS SELECT ${this.columns.join(', ')} FROM ${quote(this.name)}`;
  }

  /** What a tenant's session sees of it. */
  get visibility(): Visibility {
    if (this.metadata.columns.some((column) => column.databaseName === 'tenant')) return 'own';
    return this.shared ? 'shared' : 'none';
  }

  /** Makes the table, its indices and its policies. Index names are made anew, for they are unique in a schema. */
  async create(runner: QueryRunner): Promise<void> {
    const { driver } = this.metadata.connection;
    const table = Table.create(this.metadata, driver);
    table.name = driver.buildTableName(this.name);
    for (const part of [...table.indices, ...table.uniques, ...table.checks]) delete part.name;
    for (const column of table.columns) delete column.primaryKeyConstraintName;
    await runner.createTable(table, true, false, true);
    for (const statement of isolated(this.name, this.visibility)) await runner.query(statement);
  }

  /** The rows a batch asks about, in one statement. */
  async read(client: ClientBase, { keys, conditions }: Needs): Promise<Row[]> {
    const selects: string[] = [];
    const values: string[] = [];
    const select = (columns: readonly string[], wanted: readonly Row[]) => {
      values.push(this.codec.encode(wanted));
      const list = columns.join(', ');
      const given = `(SELECT DISTINCT ${list} FROM ${this.given(`$${values.length}`)})`;
      selects.push(`SELECT ${this.columns.map((column) => `t.${column}`).join(', ')} FROM ${given} g JOIN ${quote(this.name)} t ON ${equal(columns)}`);
    };
    if (keys.length > 0) select(this.keyColumns, keys);
    for (const alike of Map.groupBy(conditions, (which) => Object.keys(which).sort().join()).values()) {
      select(Object.keys(alike[0] ?? {}).map((property) => quote(this.codec.columnOf(property))), alike);
    }
    if (selects.length === 0) return [];
    const result = await client.query<unknown[]>({ text: selects.join(' UNION ALL '), values, rowMode: 'array', types: this.codec.types });
    return result.rows.map((row) => this.codec.decode(row));
  }

  /** At most one upsert and one delete. */
  async write(client: ClientBase, { put, removed }: Changes): Promise<void> {
    if (put.length > 0) await client.query(this.upsertSql, [this.codec.encode(put)]);
    if (removed.length > 0) await client.query(this.deleteSql, [this.codec.encode(removed)]);
  }

  private given(parameter: string): string {
    return `json_populate_recordset(NULL::${quote(this.name)}, ${parameter}::json)`;
  }
}

const equal = (columns: readonly string[]): string => columns.map((column) => `t.${column} = g.${column}`).join(' AND ');

