/** What makes a data folder one installation: its name in servers that others use too, and its secret. */
import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MissingPart } from '@pioche/local-servers';

export interface Installation {
  /** In the names of its databases and topics: a fresh start never meets what an older one left. */
  readonly id: string;
  /** Tokens of the built-in issuer are signed with a key that follows from it. */
  readonly secret: string;
  /** Passwords of the databases' roles follow from it. Services know their own passwords only. */
  readonly databaseSecret: string;
}

/** The password of a role of one of the installation's databases. */
export const passwordOf = ({ databaseSecret }: Installation) => (role: string): string => createHmac('sha256', databaseSecret).update(role).digest('base64url');

const newSecret = () => randomBytes(32).toString('hex');

/** One that is kept nowhere. */
export const newInstallation = (): Installation => ({ id: randomBytes(4).toString('hex'), secret: newSecret(), databaseSecret: newSecret() });

const FILE = 'installation.json';
/** In its place while a restore is under way. */
const HALF = 'restoring.json';

/** The installation of this folder; a new one where there is none. @throws MissingPart where it is of an older version, or half restored */
export function installationOf(dataDir: string): Installation {
  const file = join(dataDir, FILE);
  if (existsSync(file)) {
    const found = read(file);
    if (found.databaseSecret === undefined) throw new MissingPart(`${dataDir} was made by an older version, whose databases had no roles`, 'start with --fresh, or with another --data-dir');
    return found;
  }
  if (existsSync(join(dataDir, HALF))) throw new MissingPart(`${dataDir} is half restored`, 'run the same `npm run restore` again, or choose another --data-dir');
  return write(dataDir, FILE, newInstallation());
}

/** Whether there is one in this folder; what is half restored does not count. */
export const isInstalled = (dataDir: string): boolean => existsSync(join(dataDir, FILE));

/** The installation that a restore makes in this folder; where one was cut off, the same again. Nothing starts on it before `completeInstallation`. */
export function beginInstallation(dataDir: string, secret = newSecret()): Installation {
  const file = join(dataDir, HALF);
  return write(dataDir, HALF, { ...(existsSync(file) ? read(file) : newInstallation()), secret });
}

export const completeInstallation = (dataDir: string): void => renameSync(join(dataDir, HALF), join(dataDir, FILE));

const read = (file: string): Installation => JSON.parse(readFileSync(file, 'utf8')) as Installation;

/** Whole or not at all. */
function write(dataDir: string, file: string, installation: Installation): Installation {
  mkdirSync(dataDir, { recursive: true });
  const part = join(dataDir, `${file}.new`);
  writeFileSync(part, JSON.stringify(installation), { mode: 0o600, flush: true });
  renameSync(part, join(dataDir, file));
  return installation;
}
