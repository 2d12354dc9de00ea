import { existsSync, readFileSync } from 'node:fs';
import type { DataFolder } from '../data-folder.js';
import { commandLine, endProcess } from '../processes.js';

/** Ends the broker that a killed run left behind. */
export async function endOrphan(folder: DataFolder, log: (line: string) => void): Promise<void> {
  const pidFile = folder.at('server.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8'));
  if (commandLine(pid)?.includes(folder.at('server.properties')) !== true) return;
  log(`Kafka: ending process ${pid}, left behind by an earlier run`);
  await endProcess(pid, 'SIGTERM');
}
