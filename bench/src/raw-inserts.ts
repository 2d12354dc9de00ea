/** What PostgreSQL takes at best of the same rows, one per transaction. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { FreshDatabase } from '@pioche/testing';
import pg from 'pg';
import { rate } from './report.js';

export interface RawRow {
  readonly type: string;
  readonly data: string;
  readonly meta: string;
  readonly time: string;
}

export interface RawInserts {
  /** What does the inserting, for the report. */
  readonly name: string;
  /** @returns rows per second, all connections together */
  run(connections: number, seconds: number): Promise<number>;
  close(): Promise<void>;
}

const execute = promisify(execFile);
const COLUMNS = 'stream_id, version, event_id, type, schema_version, data, meta, time';

/** Makes a table like that of events, empty. */
export async function rawInserts({ pool, url }: FreshDatabase, row: RawRow): Promise<RawInserts> {
  await pool.query('CREATE TABLE raw_events (LIKE events INCLUDING ALL)');
  const version = await execute('pgbench', ['--version']).then(({ stdout }) => stdout.trim(), () => undefined);
  return version === undefined ? byNode(url, row) : byPgbench(version, url, row);
}

const TRANSACTION = `\\set v :v + 1
INSERT INTO raw_events (${COLUMNS}) VALUES ('raw-' || :turn || '-' || :client_id, :v, 'evt_raw-' || :turn || '-' || :client_id || '-' || :v, :type, 1, :data, :meta, :time);
`;

async function byPgbench(version: string, url: string, row: RawRow): Promise<RawInserts> {
  const folder = await mkdtemp(join(tmpdir(), 'pioche-bench-'));
  const script = join(folder, 'insert.sql');
  await writeFile(script, TRANSACTION);
  let turn = 0;
  return {
    name: `${version}, one row per transaction, as many connections`,
    async run(connections, seconds) {
      turn += 1;
      const variables = Object.entries({ ...row, turn, v: 0 }).flatMap(([name, value]) => ['-D', `${name}=${value}`]);
      const { stdout } = await execute('pgbench', ['-n', '-M', 'prepared', '-c', String(connections), '-j', String(Math.min(2, connections)), '-T', String(seconds), '-f', script, ...variables, url]);
      return Number(/^tps = ([\d.]+)/m.exec(stdout)?.[1]);
    },
    close: () => rm(folder, { recursive: true }),
  };
}

function byNode(url: string, { type, data, meta, time }: RawRow): RawInserts {
  const pool = new pg.Pool({ connectionString: url, max: 32 });
  let turn = 0;
  return {
    name: 'Node (no pgbench on the PATH), one row per transaction, as many connections',
    run(connections, seconds) {
      turn += 1;
      return rate(connections, seconds, (writer, round) =>
        pool.query({
          name: 'raw',
          text: `INSERT INTO raw_events (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
          values: [`raw-${turn}-${writer}`, round + 1, `evt_raw-${turn}-${writer}-${round}`, type, 1, data, meta, time],
        }));
    },
    close: () => pool.end(),
  };
}
