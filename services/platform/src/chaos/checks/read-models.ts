/** Each read model against a fresh one: every context's are built anew, from the logs alone, and compared row by row. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BillingModule } from '@pioche/billing';
import { CONTEXTS, type ContextName } from '@pioche/contracts';
import { eventBusMigrations, LogTailSource } from '@pioche/event-bus';
import { EventStore } from '@pioche/event-store';
import { InventoryModule } from '@pioche/inventory';
import { LabModule } from '@pioche/lab';
import { ensureDatabase } from '@pioche/local-servers';
import { AS_PLATFORM, ReadModels } from '@pioche/projections';
import { SchedulingModule } from '@pioche/scheduling';
import { allEvents, declarationOf, type ContextDeclaration } from '@pioche/service-kit';
import { SovereigntyModule } from '@pioche/sovereignty';
import pg from 'pg';
import { DataSource } from 'typeorm';
import type { System } from '../system.js';
import { Findings, made, type Result } from './check.js';

/** A table of a read model: its rows as JSON texts, by their primary key. */
export type Rows = ReadonlyMap<string, string>;
/** Tables by `scheduling.job_view`. */
export type Tables = ReadonlyMap<string, Rows>;

export const DECLARATIONS: readonly ContextDeclaration[] = [InventoryModule, SchedulingModule, BillingModule, SovereigntyModule, LabModule].map(declarationOf);
const LIMIT_MS = 120_000;
const LOOK_MS = 50;

/** A live row that the rebuilt table has otherwise, or not, or the other way round. */
export function sameRows(live: Tables, rebuilt: Tables): Result {
  const findings = new Findings('each read model equals a fresh rebuild');
  let seen = 0;
  for (const table of new Set([...live.keys(), ...rebuilt.keys()])) {
    const [a, b]: readonly [Rows, Rows] = [live.get(table) ?? new Map(), rebuilt.get(table) ?? new Map()];
    for (const key of new Set([...a.keys(), ...b.keys()])) {
      seen += 1;
      if (a.get(key) !== b.get(key)) findings.add(`${table} ${key}: live ${a.get(key) ?? 'nothing'}; rebuilt ${b.get(key) ?? 'nothing'}`);
    }
  }
  return findings.result(seen);
}

/** @param heads last position of each log */
export const readModelsAreRebuilt = (system: Pick<System, 'databaseUrl'>, heads: Readonly<Record<ContextName, number>>): Promise<Result> =>
  made('each read model equals a fresh rebuild', async () => {
    const compared = await Promise.all(DECLARATIONS.map((declaration) => compare(declaration, system, heads)));
    return sameRows(new Map(compared.flatMap(({ live }) => [...live])), new Map(compared.flatMap(({ rebuilt }) => [...rebuilt])));
  });

async function compare(declaration: ContextDeclaration, { databaseUrl }: Pick<System, 'databaseUrl'>, heads: Readonly<Record<ContextName, number>>): Promise<{ readonly live: Tables; readonly rebuilt: Tables }> {
  const liveUrl = databaseUrl[declaration.name];
  const scratch = `${new URL(liveUrl).pathname.slice(1)}_rebuilt`;
  const scratchUrl = await ensureDatabase(liveUrl, scratch);
  try {
    await rebuild(declaration, scratchUrl, databaseUrl, heads);
    const [live, rebuilt] = await Promise.all([readTables(declaration, liveUrl), readTables(declaration, scratchUrl)]);
    return { live, rebuilt };
  } finally {
    await query(liveUrl, `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(scratch)} WITH (FORCE)`);
  }
}

/** With the declarations of the context, from the first event of each log on, until the last. */
async function rebuild({ readModels }: ContextDeclaration, scratchUrl: string, databaseUrl: System['databaseUrl'], heads: Readonly<Record<ContextName, number>>): Promise<void> {
  const sources = new Set(readModels.flatMap((model) => model.sources));
  const pools = new Map([...sources].map((context) => [context, new pg.Pool({ connectionString: databaseUrl[context], max: 4, application_name: 'pioche chaos' })]));
  const stores = [...pools].map(([context, pool]) => new EventStore({ pool, context, groups: allEvents.filter((group) => group.context === context) }));
  const pool = new pg.Pool({ connectionString: scratchUrl, max: readModels.length * 2 + 4, application_name: 'pioche chaos', options: AS_PLATFORM });
  pool.on('error', () => undefined);
  const dataSource = new DataSource({ type: 'postgres', url: scratchUrl, entities: readModels.flatMap((model) => [...model.entities]), migrations: eventBusMigrations, extra: { options: AS_PLATFORM } });
  await dataSource.initialize();
  const source = new LogTailSource({ pool, stores, groups: allEvents });
  const models = new ReadModels({ dataSource, pool, projections: readModels, sourceOf: () => source });
  try {
    await dataSource.runMigrations({ transaction: 'each' });
    await models.start();
    for (const end = Date.now() + LIMIT_MS; ; await sleep(LOOK_MS)) {
      const behind = (await models.lag()).filter(({ source: context, position }) => position < heads[context]);
      if (behind.length === 0) return;
      if (Date.now() > end) throw new Error(`the rebuild of ${behind[0]?.readModel} is at ${behind[0]?.position} of ${behind[0]?.source}'s ${heads[behind[0]?.source ?? 'inventory']}`);
    }
  } finally {
    await models.close();
    await source.close();
    await dataSource.destroy();
    await pool.end();
    await Promise.all(stores.map((store) => store.close()));
    await Promise.all([...pools.values()].map((each) => each.end()));
  }
}

/** All tables of a context's read models, through the names that queries use. */
async function readTables({ name, readModels }: ContextDeclaration, url: string): Promise<Tables> {
  const dataSource = new DataSource({ type: 'postgres', url, entities: readModels.flatMap((model) => [...model.entities]), extra: { options: AS_PLATFORM } });
  await dataSource.initialize();
  try {
    const tables = readModels.flatMap((model) => model.entities).map((entity) => dataSource.getMetadata(entity));
    return new Map(
      await Promise.all(
        tables.map(async ({ tableName, primaryColumns }) => {
          const key = primaryColumns.map((column) => `t.${pg.escapeIdentifier(column.databaseName)}`).join(', ');
          const rows = await dataSource.query<{ key: string; row: string }[]>(`SELECT json_build_array(${key})::text AS key, row_to_json(t)::text AS row FROM ${pg.escapeIdentifier(tableName)} t`);
          return [`${name}.${tableName}`, new Map(rows.map(({ key: of, row }) => [of, row]))] as const;
        }),
      ),
    );
  } finally {
    await dataSource.destroy();
  }
}

async function query(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Last position of each log. */
export const headsOf = (logs: Readonly<Record<ContextName, readonly { readonly event: { readonly position: number } }[]>>): Readonly<Record<ContextName, number>> =>
  Object.fromEntries(CONTEXTS.map((context) => [context, logs[context].at(-1)?.event.position ?? 0])) as Record<ContextName, number>;
