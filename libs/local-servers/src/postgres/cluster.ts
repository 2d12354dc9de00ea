import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { promisify } from 'node:util';
import type { DataFolder } from '../data-folder.js';
import { MissingPart } from '../missing-part.js';
import { invokeAs, type ServerUser } from './server-user.js';

/** Creates the cluster `data` unless it is there. One that was cut short is begun again. */
export async function createCluster(folder: DataFolder, initdb: string, user: ServerUser | undefined): Promise<void> {
  if (existsSync(folder.at('data', 'PG_VERSION'))) return;
  const unfinished = folder.at('data.unfinished');
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  if (user !== undefined) chownSync(unfinished, user.uid, user.gid);
  const { command, args, ...as } = invokeAs(user, initdb, initdbArguments(folder, unfinished), [unfinished]);
  try {
    await promisify(execFile)(command, args, { cwd: folder.path, ...as });
  } catch (error) {
    const said = (error as { stderr?: string }).stderr ?? String(error);
    throw new MissingPart('initdb failed', said.split('\n').find((line) => /error|FATAL|No space/i.test(line)) ?? said.split('\n')[0] ?? '');
  }
  renameSync(unfinished, folder.at('data'));
}

function initdbArguments(folder: DataFolder, pgdata: string): string[] {
  return [
    `--pgdata=${pgdata}`,
    '--username=postgres',
    `--pwfile=${folder.at('password')}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The same order of text on every machine, whatever its locales are.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ];
}

/** Whether the server says in its lock file that it accepts connections (the eighth line; `pg_ctl` reads it too). */
export function acceptsConnections(folder: DataFolder, pid: number | undefined): boolean {
  const lockFile = folder.at('data', 'postmaster.pid');
  if (!existsSync(lockFile)) return false;
  const lines = readFileSync(lockFile, 'utf8').split('\n');
  return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
}
