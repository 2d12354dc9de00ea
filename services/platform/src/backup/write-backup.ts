/** Takes a backup: the cut, and every table of it as a compressed file. Either whole or not there. */
import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, mkdirSync, openSync, closeSync, fsyncSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress } from 'node:zlib';
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { AuditTree } from '@pioche/sovereignty';
import type pg from 'pg';
import copyStreams from 'pg-copy-streams';
import { openCut, type CutOptions, type DatabaseUrls } from './cut.js';
import { BackupError, fingerprintOf, FORMAT, manifestFiles, type ContextCopy, type Manifest, type TableCopy } from './manifest.js';
import { counted } from './counted.js';
import { copyOut, extentOf, tableExists, type TruthTable, truthTables } from './tables.js';

export interface BackupOptions {
  readonly urls: DatabaseUrls;
  /** A folder that is not there yet. */
  readonly to: string;
  /** How far the scenario has come; asked while everything stands still. */
  readonly scenario?: (() => Manifest['scenario'] | undefined) | undefined;
  /** The installation's; only by which it is known again is kept. */
  readonly secret?: string | undefined;
  readonly cut?: CutOptions;
}

export interface TakenBackup {
  readonly manifest: Manifest;
  /** How long nobody could append, in milliseconds. */
  readonly heldMs: number;
  /** Copied from the databases, before compression. */
  readonly bytes: number;
  readonly seconds: number;
}

/** @throws BackupError when `to` is there already, a database is none of a context, or there is no moment for the cut */
export async function takeBackup({ urls, to, scenario, secret, cut: options }: BackupOptions): Promise<TakenBackup> {
  const folder = resolve(to);
  if (existsSync(folder)) throw new BackupError(`${folder} is there already: choose a folder that is not`);
  const part = `${folder}.part-${process.pid}`;
  const begun = performance.now();
  const cut = await openCut(urls, () => scenario?.() ?? null, options);
  try {
    const takenAt = new Date().toISOString();
    const copies = await Promise.all(CONTEXTS.map(async (context) => [context, await copyContext(context, snapshotOf(cut.snapshots, context), part)] as const));
    const audit = await new AuditTree(snapshotOf(cut.snapshots, 'sovereignty')).head();
    const manifest: Manifest = {
      format: FORMAT,
      taken_at: takenAt,
      contexts: Object.fromEntries(copies.map(([context, { copy }]) => [context, copy])) as Record<ContextName, ContextCopy>,
      audit: { size: audit.size, root: audit.root.toString('base64') },
      scenario: cut.seen,
      key: secret === undefined ? null : fingerprintOf(secret),
    };
    for (const [name, text] of manifestFiles(manifest)) writeFileSync(join(part, name), text, { flush: true });
    renameSync(part, folder);
    syncFolder(dirname(folder));
    const bytes = copies.reduce((sum, [, copied]) => sum + copied.bytes, 0);
    return { manifest, heldMs: cut.heldMs, bytes, seconds: (performance.now() - begun) / 1000 };
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    throw error;
  } finally {
    await cut.close();
  }
}

function snapshotOf(snapshots: ReadonlyMap<ContextName, pg.Client>, context: ContextName): pg.Client {
  const client = snapshots.get(context);
  if (client === undefined) throw new Error(`no snapshot of ${context}`);
  return client;
}

async function copyContext(context: ContextName, snapshot: pg.Client, part: string): Promise<{ copy: ContextCopy; bytes: number }> {
  if (!(await tableExists(snapshot, 'events'))) throw new BackupError(`the database of ${context} has no event log: its service has never run there`);
  mkdirSync(join(part, context), { recursive: true });
  const hasReadModels = await tableExists(snapshot, 'projections');
  const extent = await extentOf(snapshot);
  const migrations = await snapshot.query<{ name: string }>('SELECT name FROM migrations ORDER BY id');
  const tables: TableCopy[] = [];
  let bytes = 0;
  for (const table of await truthTables(snapshot)) {
    const { copy, copied } = await copyTable(snapshot, table, hasReadModels, join(part, fileOf(context, table)));
    tables.push(copy);
    bytes += copied;
  }
  syncFolder(join(part, context));
  return { copy: { ...extent, migrations: migrations.rows.map(({ name }) => name), tables }, bytes };
}

/** Where a table's rows are in a backup's folder: PostgreSQL's text format of COPY, compressed with zstd. */
export const fileOf = (context: ContextName, { name }: Pick<TableCopy, 'name'>): string => join(context, `${name}.copy.zst`);

async function copyTable(snapshot: pg.Client, table: TruthTable, hasReadModels: boolean, file: string): Promise<{ copy: TableCopy; copied: number }> {
  const rows = snapshot.query(copyStreams.to(copyOut(table, hasReadModels)));
  const raw = counted();
  const packed = counted(createHash('sha256'));
  await pipeline(rows, raw.through, createZstdCompress(), packed.through, createWriteStream(file, { flags: 'wx', mode: 0o600, flush: true }));
  // How many rows there were is said after the last of them: when the next statement has been answered, it is known.
  await snapshot.query('SELECT');
  return { copy: { name: table.name, columns: [...table.columns], rows: rows.rowCount, bytes: packed.bytes, sha256: packed.digest }, copied: raw.bytes };
}

/** So that names written in it outlast a power cut. */
function syncFolder(path: string): void {
  const handle = openSync(path, 'r');
  fsyncSync(handle);
  closeSync(handle);
}
