/** Five logs under load, an audit log that follows them all, and backups of them: one cut, restored whole or refused. */
import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accountEvents, CONTEXTS, jobEvents, nodeEvents, programmeEvents, tenantEvents, type ContextName, type EventGroup } from '@pioche/contracts';
import { LogTailSource } from '@pioche/event-bus';
import { ORDERING_KEY, type EventStore } from '@pioche/event-store';
import { beginRestore, openOffline, refuseHalfRestored, type OfflineContext } from '@pioche/service-kit';
import { AuditHandler, AuditTree } from '@pioche/sovereignty';
import { eventually, freshDatabase, type FreshDatabase } from '@pioche/testing';
import { MODULES } from '../modules.js';
import { connect, openCut, type DatabaseUrls } from './cut.js';
import { readManifest, type Manifest } from './manifest.js';
import { restoreBackup } from './restore-backup.js';
import { takeBackup } from './write-backup.js';

const LIMIT = 180_000;
const HAPPENING: Readonly<Record<ContextName, [EventGroup, string]>> = {
  inventory: [nodeEvents, 'NodeDrainStarted'],
  scheduling: [jobEvents, 'JobSucceeded'],
  billing: [accountEvents, 'AccountOpened'],
  sovereignty: [tenantEvents, 'TenantRegistered'],
  lab: [programmeEvents, 'ProgrammeOpened'],
};

type Databases = Readonly<Record<ContextName, FreshDatabase>>;
const each = async <T>(make: (context: ContextName) => Promise<T>): Promise<Record<ContextName, T>> =>
  Object.fromEntries(await Promise.all(CONTEXTS.map(async (context) => [context, await make(context)] as const))) as Record<ContextName, T>;
const urlsOf = (databases: Databases): DatabaseUrls => Object.fromEntries(CONTEXTS.map((context) => [context, databases[context].url])) as DatabaseUrls;

const folder = mkdtempSync(join(tmpdir(), 'pioche-backup-'));
const taken = join(folder, 'taken');
const made: FreshDatabase[] = [];
let source: Databases;
let contexts: Record<ContextName, OfflineContext>;
let audit: LogTailSource;
let appended = 0;

const empty = async (): Promise<Databases> => {
  const databases = await each(() => freshDatabase());
  // Nobody is connected to a database before it is restored.
  for (const database of Object.values(databases)) await database.pool.end();
  made.push(...Object.values(databases));
  return databases;
};
const restoreInto = (urls: DatabaseUrls, from = taken) =>
  restoreBackup({ from, databases: Object.fromEntries(CONTEXTS.map((context) => [context, { databaseUrl: urls[context] }])) as Record<ContextName, { databaseUrl: string }>, say: () => undefined });

async function happen(store: EventStore, n: number): Promise<void> {
  const [group, type] = HAPPENING[store.context];
  const data = group.events[type]?.example as object;
  const meta = { time: '2026-11-17T00:00:00.000Z', actor: 'test', correlationId: 'c', causationId: 'c' };
  await store.append({ commandId: `${store.context}-${n}`, writes: [{ stream: `s_${n % 7}`, expected: 'any', events: [{ type, data }] }], meta });
  appended += 1;
}

/** Appends everywhere at once until it is told to end; what fails, fails the test. */
function load(): { end(): Promise<void> } {
  const ending = new AbortController();
  const writers = CONTEXTS.map(async (context) => {
    for (let n = 1; !ending.signal.aborted; n += 1) await Promise.all([happen(contexts[context].store, appended * 10 + n), new Promise((wake) => setTimeout(wake, 2))]);
  });
  return {
    async end() {
      ending.abort();
      await Promise.all(writers);
    },
  };
}

const answer = async <T extends object>(url: string, sql: string): Promise<T[]> => {
  const client = await connect(url, 'look');
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
};
const logOf = (url: string, head: number) => answer(url, `SELECT position::int, event_id, data::text, meta::text, recorded_at::text FROM events WHERE position <= ${head} ORDER BY position`);

beforeAll(async () => {
  source = await each(() => freshDatabase());
  made.push(...Object.values(source));
  contexts = await each((context) => openOffline(MODULES[context], { databaseUrl: source[context].url }));
  const stores = CONTEXTS.map((context) => contexts[context].store);
  audit = new LogTailSource({ pool: contexts.sovereignty.database.consumerPool, stores, groups: Object.values(HAPPENING).map(([group]) => group) });
  await audit.consume(new AuditHandler());
  const writing = load();
  await eventually(() => expect(appended).toBeGreaterThan(200), 60_000);
  await takeBackup({ urls: urlsOf(source), to: taken });
  const before = appended;
  await eventually(() => expect(appended).toBeGreaterThan(before + 50), 60_000);
  await writing.end();
}, LIMIT);
afterAll(async () => {
  await audit.close();
  for (const context of Object.values(contexts)) await context.close();
  for (const database of made) await database.drop().catch(() => undefined);
  rmSync(folder, { recursive: true, force: true });
}, LIMIT);

describe('a backup under load', () => {
  let manifest: Manifest;
  let target: Databases;
  beforeAll(async () => {
    ({ manifest } = readManifest(taken));
    target = await empty();
    await restoreInto(urlsOf(target));
  }, LIMIT);

  it('has every event of each log up to the cut, as it was written, and goes on counting after it', async () => {
    for (const context of CONTEXTS) {
      const { head } = manifest.contexts[context];
      expect(head).toBeGreaterThan(0);
      expect(await logOf(target[context].url, Number.MAX_SAFE_INTEGER)).toEqual(await logOf(source[context].url, head));
      expect(await answer(target[context].url, `SELECT nextval(pg_get_serial_sequence('events', 'position'))::int AS next`)).toEqual([{ next: head + 1 }]);
    }
  });

  it('has nothing that follows from an event after the cut', async () => {
    const checkpoints = await answer<{ source: ContextName; position: number; next: number }>(target.sovereignty.url, `SELECT source, position::int, next_offset::int AS next FROM checkpoints WHERE consumer = 'audit'`);
    expect(checkpoints.map(({ source: name }) => name).toSorted()).toEqual([...CONTEXTS].toSorted());
    for (const { source: name, position, next } of checkpoints) {
      expect(position).toBeLessThanOrEqual(manifest.contexts[name].head);
      expect(next).toBe(0);
    }
    const leaves = await answer<{ context: ContextName; last: number; n: number }>(target.sovereignty.url, 'SELECT context, max(position)::int AS last, count(*)::int AS n FROM audit_leaves GROUP BY 1');
    expect(leaves).toHaveLength(CONTEXTS.length);
    for (const { context, last, n } of leaves) expect([last, n]).toEqual([checkpoints.find(({ source: name }) => name === context)?.position, last]);
  });

  it('has the root that the audit log had at that size', async () => {
    const restored = await connect(target.sovereignty.url, 'look');
    const { size, root } = await new AuditTree(restored).head();
    await restored.end();
    expect(size).toBeGreaterThan(0);
    expect({ size, root: root.toString('base64') }).toEqual(manifest.audit);
    expect((await new AuditTree(contexts.sovereignty.database.pool).head()).size).toBeGreaterThan(size);
    expect((await new AuditTree(contexts.sovereignty.database.pool).root(size)).toString('base64')).toBe(manifest.audit.root);
  });

  it('has no read model in it; the restore has built them to the head', async () => {
    const names = manifest.contexts.lab.tables.map(({ name }) => name);
    expect(names).toContain('events');
    expect(names.filter((name) => name.startsWith('programme_view'))).toEqual([]);
    expect(await answer(target.lab.url, 'SELECT count(*)::int AS n FROM programme_view')).toEqual([{ n: 7 }]);
    const { head } = manifest.contexts.lab;
    expect(await answer(target.lab.url, `SELECT position::int FROM checkpoints WHERE consumer LIKE 'programme_view_v%' AND source = 'lab'`)).toEqual([{ position: head }]);
  });

  it('is not restored over what is there, and each database is named with what it holds', async () => {
    await answer(target.lab.url, `INSERT INTO events (stream_id, version, event_id, type, schema_version, data, meta, time) VALUES ('s', 1, 'e', 't', 1, '{}', '{}', now())`);
    await expect(restoreInto(urlsOf(target))).rejects.toThrow(`lab: ${target.lab.name} holds ${manifest.contexts.lab.events + 1} events`);
    const user = await connect(target.billing.url, 'somebody');
    await expect(restoreInto(urlsOf(target))).rejects.toThrow(`billing: ${target.billing.name} is in use by 1 connections`);
    await user.end();
  });
});

describe('a restore that was cut off', () => {
  it('leaves no database that a service starts on, and is done again', async () => {
    const target = await empty();
    // Cut off in the middle: one is loaded, the others have only begun.
    const checksum = readManifest(taken).checksum;
    for (const context of CONTEXTS) {
      const client = await connect(target[context].url, 'test');
      await beginRestore(client, checksum);
      await client.end();
    }
    await expect(refuseHalfRestored(target.lab.url)).rejects.toThrow('is half restored');
    await restoreInto(urlsOf(target));
    await expect(refuseHalfRestored(target.lab.url)).resolves.toBeUndefined();
    // Once more does no harm.
    await restoreInto(urlsOf(target));
    const { head } = readManifest(taken).manifest.contexts.lab;
    expect(await logOf(target.lab.url, Number.MAX_SAFE_INTEGER)).toEqual(await logOf(source.lab.url, head));
  }, LIMIT);
});

describe('a backup is refused', () => {
  const damaged = join(folder, 'damaged');
  const file = join(damaged, 'billing', 'events.copy.zst');
  const manifestFile = join(damaged, 'manifest.json');
  let target: DatabaseUrls;
  beforeAll(async () => {
    target = urlsOf(await empty());
  });
  beforeEach(() => {
    rmSync(damaged, { recursive: true, force: true });
    cpSync(taken, damaged, { recursive: true });
  });
  afterEach(async () => {
    for (const context of CONTEXTS) expect(await answer(target[context], `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'migrations'`)).toEqual([]);
  });
  const sealed = (change: (manifest: Manifest) => object) => {
    const text = JSON.stringify(change(readManifest(taken).manifest));
    writeFileSync(manifestFile, text);
    writeFileSync(`${manifestFile}.sha256`, `${createHash('sha256').update(text).digest('hex')}  manifest.json\n`);
  };

  it('with one byte of a file changed', async () => {
    const bytes = readFileSync(file);
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    await expect(restoreInto(target, damaged)).rejects.toThrow(`${file} is damaged`);
  });

  it('without one of its files', async () => {
    rmSync(file);
    await expect(restoreInto(target, damaged)).rejects.toThrow(`${file} is missing`);
  });

  it('with a manifest that was cut short, or added to', async () => {
    truncateSync(manifestFile, 200);
    await expect(restoreInto(target, damaged)).rejects.toThrow('manifest.json is damaged');
    cpSync(join(taken, 'manifest.json'), manifestFile);
    appendFileSync(manifestFile, ' ');
    await expect(restoreInto(target, damaged)).rejects.toThrow('manifest.json is damaged');
  });

  it('without the manifest, as one that was killed leaves it', async () => {
    rmSync(manifestFile);
    await expect(restoreInto(target, damaged)).rejects.toThrow('is no backup, or one that was cut off');
  });

  it('in a format that is not known', async () => {
    sealed((manifest) => ({ ...manifest, format: 'pioche-backup/9' }));
    await expect(restoreInto(target, damaged)).rejects.toThrow('has the format "pioche-backup/9"; this program reads pioche-backup/1');
  });

  it('of another release', async () => {
    sealed((manifest) => ({ ...manifest, contexts: { ...manifest.contexts, lab: { ...manifest.contexts.lab, migrations: [...manifest.contexts.lab.migrations, 'FromTomorrow1'] } } }));
    await expect(restoreInto(target, damaged)).rejects.toThrow('of another release (lab: FromTomorrow1)');
  });
});

describe('the cut', () => {
  it('is given up where an append holds its log, and nobody is kept waiting', async () => {
    const holder = await connect(source.lab.url, 'holder');
    await holder.query(`SELECT pg_advisory_lock(${ORDERING_KEY})`);
    await expect(takeBackup({ urls: urlsOf(source), to: join(folder, 'never'), cut: { waitMs: 50, tries: 2 } })).rejects.toThrow('an append to lab has held its log for more than 50 ms, 2 times in a row');
    expect(existsSync(join(folder, 'never'))).toBe(false);
    await happen(contexts.inventory.store, 1_000_000);
    await holder.end();
  });

  it('lets appends wait, and none fail', async () => {
    let writing: Promise<void> | undefined;
    const cut = await openCut(urlsOf(source), () => void (writing = happen(contexts.billing.store, 1_000_001)));
    await writing;
    const [seen] = (await cut.snapshots.get('billing')?.query<{ n: number }>(`SELECT count(*)::int AS n FROM events WHERE meta ->> 'commandId' = 'billing-1000001'`))?.rows ?? [];
    expect(seen?.n).toBe(0);
    await cut.close();
  });

  it('does not write over an earlier backup', async () => {
    await expect(takeBackup({ urls: urlsOf(source), to: taken })).rejects.toThrow('is there already');
  });
});
