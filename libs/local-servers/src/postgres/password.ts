import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { DataFolder } from '../data-folder.js';
import type { ServerUser } from './server-user.js';

/** The administrator's password: made at the first start, kept in its folder. */
export function adminPassword(folder: DataFolder, user?: ServerUser): string {
  const file = folder.at('password');
  if (!existsSync(file)) {
    writeFileSync(file, randomBytes(16).toString('hex'), { mode: 0o600 });
    if (user !== undefined) chownSync(file, user.uid, user.gid);
  }
  return readFileSync(file, 'utf8');
}
