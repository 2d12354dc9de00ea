/** One context of a backup into its database: in one transaction, so that a database has all of it or nothing. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress } from 'node:zlib';
import type { ContextName } from '@pioche/contracts';
import { leaveTopics } from '@pioche/service-kit';
import pg from 'pg';
import copyStreams from 'pg-copy-streams';
import { counted } from './counted.js';
import { connect } from './cut.js';
import { BackupError, type ContextCopy } from './manifest.js';
import { copyIn, extentOf, goOnCounting, guard, readModelTables, tableExists, type TruthTable, truthTables } from './tables.js';
import { fileOf } from './write-backup.js';

const { escapeIdentifier: quote } = pg;

/**
 * @param url as the role that owns the schema; the tables are there
 * @returns bytes that were copied, before compression
 * @throws BackupError when the tables are not those of the backup, or there is more or less in them than it says
 */
export async function loadContext(folder: string, context: ContextName, copy: ContextCopy, url: string): Promise<number> {
  const client = await connect(url, 'pioche restore');
  try {
    await client.query('BEGIN');
    const tables = await emptied(client, context, copy);
    const guarded = tables.filter((table) => table.guarded);
    for (const { name } of guarded) await client.query(guard(name, false));
    let bytes = 0;
    for (const table of copy.tables) {
      const rows = client.query(copyStreams.from(copyIn(table)));
      const raw = counted();
      await pipeline(createReadStream(join(folder, fileOf(context, table))), createZstdDecompress(), raw.through, rows);
      bytes += raw.bytes;
      if (rows.rowCount !== table.rows) throw new BackupError(`${context}.${table.name}: ${rows.rowCount} rows where the manifest has ${table.rows}`);
    }
    for (const { name } of guarded) await client.query(guard(name, true));
    for (const { name, identities } of tables) for (const column of identities) await client.query(goOnCounting(name, column));
    // Topics are made anew, with other offsets; what is done already is known by its position.
    await client.query('UPDATE checkpoints SET next_offset = 0');
    await leaveTopics(client);
    await checkHead(client, context, copy);
    await client.query('COMMIT');
    await client.query('ANALYZE');
    return bytes;
  } finally {
    await client.end();
  }
}

/** Takes away what migrations, or a restore that was cut off, have put there. @returns the tables of this release, which are those of the backup */
async function emptied(client: pg.Client, context: ContextName, copy: ContextCopy): Promise<readonly TruthTable[]> {
  const tables = await truthTables(client);
  const shape = (all: readonly { readonly name: string; readonly columns: readonly string[] }[]) => all.map(({ name, columns }) => `${name} (${columns.toSorted().join(', ')})`).toSorted();
  const [here, there] = [shape(tables), shape(copy.tables)];
  const odd = [...here.filter((one) => !there.includes(one)), ...there.filter((one) => !here.includes(one))];
  if (odd.length > 0) throw new BackupError(`the tables of ${context} are not those of the backup: ${odd.join('; ')}`);
  for (const name of await readModelTables(client)) await client.query(`DROP TABLE ${quote(name)} CASCADE`);
  const more = (await tableExists(client, 'projections')) ? ['projections'] : [];
  await client.query(`TRUNCATE ${[...tables.map(({ name }) => name), 'relay_checkpoints', ...more].map(quote).join(', ')}`);
  return tables;
}

async function checkHead(client: pg.Client, context: ContextName, { head, events }: ContextCopy): Promise<void> {
  const found = await extentOf(client);
  if (found.head !== head || found.events !== events) throw new BackupError(`${context} has ${found.events} events up to ${found.head} where the manifest has ${events} up to ${head}`);
}
