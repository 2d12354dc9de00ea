/** What makes a data folder one installation: its name in servers that others use too, and its secret. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Installation {
  /** In the names of its databases and topics: a fresh start never meets what an older one left. */
  readonly id: string;
  /** Tokens of the built-in issuer are signed with a key that follows from it. */
  readonly secret: string;
}

/** The installation of this folder; a new one where there is none. */
export function installationOf(dataDir: string): Installation {
  const file = join(dataDir, 'installation.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Installation;
  const made: Installation = { id: randomBytes(4).toString('hex'), secret: randomBytes(32).toString('hex') };
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(file, JSON.stringify(made), { mode: 0o600 });
  return made;
}
