import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DataFolder } from './data-folder.js';
import * as kafka from './kafka/orphan.js';
import * as postgres from './postgres/orphan.js';

/**
 * Ends what a killed run left behind in a data folder, and deletes the folder.
 * @throws MissingPart when a living process works in it
 */
export async function discardServers(dataDir: string, log: (line: string) => void): Promise<void> {
  for (const [name, { endOrphan }] of Object.entries({ postgres, kafka })) {
    if (!existsSync(join(dataDir, name))) continue;
    const folder = await DataFolder.open(join(dataDir, name));
    await endOrphan(folder, log);
    await folder.close(false);
  }
  await rm(dataDir, { recursive: true, force: true });
}
