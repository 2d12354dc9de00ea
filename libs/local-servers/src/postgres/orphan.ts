import { existsSync, readFileSync, rmSync } from 'node:fs';
import type { DataFolder } from '../data-folder.js';
import { commandLine, endProcess } from '../processes.js';

/**
 * Ends the server that a killed run left behind, and takes away a lock file whose number has gone to another process.
 * The lock file of a server that is just gone is left to PostgreSQL, which knows how to judge it.
 */
export async function endOrphan(folder: DataFolder, log: (line: string) => void): Promise<void> {
  const lockFile = folder.at('data', 'postmaster.pid');
  if (!existsSync(lockFile)) return;
  const pid = Number.parseInt(readFileSync(lockFile, 'utf8'), 10);
  const command = commandLine(pid);
  if (command === undefined) return;
  if (!command.includes(folder.at('data'))) return rmSync(lockFile);
  log(`PostgreSQL: ending process ${pid}, left behind by an earlier run`);
  await endProcess(pid, 'SIGINT');
}
