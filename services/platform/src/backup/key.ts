/** The installation's secret is kept beside a backup, never in it: who has it can sign tokens, and checkpoints of the audit log. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { BackupError, fingerprintOf, type Manifest } from './manifest.js';

export const keyFileOf = (backup: string): string => `${resolve(backup)}.key`;

export const writeKey = (backup: string, secret: string): void => writeFileSync(keyFileOf(backup), `${secret}\n`, { mode: 0o600, flush: true });

/**
 * The secret that the backup was taken with.
 * @param file where it is kept
 * @returns nothing where a new one is wanted
 * @throws BackupError when it is not there, or another installation's
 */
export function readKey({ key }: Pick<Manifest, 'key'>, file: string, wantsNew: boolean): string | undefined {
  if (wantsNew || key === null) return undefined;
  if (!existsSync(file)) throw new BackupError(`${file} is missing: name the file with the installation's secret with --key, or begin with a new one with --new-key`);
  const secret = readFileSync(file, 'utf8').trim();
  if (fingerprintOf(secret) !== key) throw new BackupError(`the secret in ${file} is not the one that this backup was taken with`);
  return secret;
}
