/** Is a backup what it was when it was taken? Read whole before anything is written anywhere. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { CONTEXTS } from '@pioche/contracts';
import { BackupError, readManifest } from './manifest.js';
import { fileOf } from './write-backup.js';

/** @throws BackupError naming the first file that is missing or not as it was written */
export async function checkedManifest(folder: string): Promise<ReturnType<typeof readManifest>> {
  const read = readManifest(folder);
  for (const context of CONTEXTS) {
    for (const table of read.manifest.contexts[context].tables) {
      const file = join(folder, fileOf(context, table));
      if (!existsSync(file)) throw new BackupError(`${file} is missing: this backup is not whole`);
      const hash = createHash('sha256');
      for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
      if (hash.digest('hex') !== table.sha256) throw new BackupError(`${file} is damaged: its SHA-256 is not the one in the manifest`);
    }
  }
  return read;
}
