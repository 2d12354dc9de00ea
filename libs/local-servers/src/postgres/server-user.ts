import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { MissingPart } from '../missing-part.js';

/** A user of the system without rights. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

export interface Invocation {
  readonly command: string;
  readonly args: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * PostgreSQL refuses to run as root. Where this process is root, the user it runs as: `postgres`, or `nobody`.
 * @throws MissingPart when the machine knows neither
 */
export function serverUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = new Map(
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .map(([name, , uid, gid]) => [name, { uid: Number(uid), gid: Number(gid) }]),
  );
  const user = users.get('postgres') ?? users.get('nobody');
  if (user !== undefined) return user;
  throw new MissingPart('PostgreSQL does not run as root, and there is no other user', 'run as an ordinary user, or set PIOCHE_POSTGRES_URL');
}

/**
 * The command as run by `user`. A folder under, say, /root is closed to other users: then the command keeps root's
 * right to pass through folders (CAP_DAC_OVERRIDE), and that one only.
 * @param paths what the command must be able to reach
 * @throws MissingPart when a path is closed and there is no `setpriv`
 */
export function invokeAs(user: ServerUser | undefined, command: string, args: readonly string[], paths: readonly string[]): Invocation {
  if (user === undefined) return { command, args };
  const closed = [command, ...paths].map(closedParent).find((parent) => parent !== undefined);
  if (closed === undefined) return { command, args, ...user };
  if (!hasSetpriv()) {
    throw new MissingPart(`PostgreSQL does not run as root, and ${closed} is closed to other users`, 'run as an ordinary user, or set PIOCHE_POSTGRES_URL');
  }
  const identity = ['--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups'];
  const right = ['--inh-caps', '-all,+dac_override', '--ambient-caps', '-all,+dac_override'];
  return { command: 'setpriv', args: [...identity, ...right, '--', command, ...args] };
}

function closedParent(path: string): string | undefined {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

function hasSetpriv(): boolean {
  try {
    return execFileSync('setpriv', ['--help'], { encoding: 'utf8' }).includes('--ambient-caps');
  } catch {
    return false;
  }
}
