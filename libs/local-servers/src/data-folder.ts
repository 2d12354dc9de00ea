import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rm, statfs } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { MissingPart } from './missing-part.js';
import { startMark } from './processes.js';

const ROOM_NEEDED = 1024 ** 3;

interface Owner {
  readonly pid: number;
  readonly startMark: string;
}

/** A folder that one process at a time works in; another that tries is told who has it. */
export class DataFolder {
  private constructor(readonly path: string) {}

  /** @throws MissingPart when another process has it, it cannot be written, or less than 1 GiB is free there */
  static async open(path: string): Promise<DataFolder> {
    const folder = new DataFolder(resolve(path));
    try {
      mkdirSync(folder.path, { recursive: true });
      await checkRoom(folder.path);
      folder.lock();
    } catch (error) {
      throw readable(error, folder.path);
    }
    return folder;
  }

  /** The path of a file or folder in it. */
  at(...names: string[]): string {
    return join(this.path, ...names);
  }

  /** Lets another process have it. @param keep `false` deletes it with all that is in it */
  async close(keep = true): Promise<void> {
    if (keep) rmSync(this.at('owner.json'), { force: true });
    else await rm(this.path, { recursive: true, force: true, maxRetries: 5 });
  }

  private lock(): void {
    const me: Owner = { pid: process.pid, startMark: startMark(process.pid) ?? '' };
    try {
      writeFileSync(this.at('owner.json'), JSON.stringify(me), { flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const owner = readOwner(this.at('owner.json'));
      if (owner !== undefined && startMark(owner.pid) === owner.startMark) {
        throw new MissingPart(`data folder ${this.path} is in use by process ${owner.pid}`, 'end that one, or use another folder');
      }
      rmSync(this.at('owner.json'), { force: true });
      this.lock();
    }
  }
}

function readOwner(path: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Owner;
  } catch {
    return undefined; // cut short by a crash
  }
}

async function checkRoom(path: string): Promise<void> {
  const { bavail, bsize } = await statfs(path);
  const free = bavail * bsize;
  if (free >= ROOM_NEEDED) return;
  throw new MissingPart(`disk full: ${Math.floor(free / 1024 ** 2)} MiB free at ${path}, 1024 needed`, 'make room, or use another folder');
}

function readable(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR' || code === 'EEXIST') {
    return new MissingPart(`data folder ${path} cannot be written (${code})`, 'give it to this user, or use another folder');
  }
  if (code === 'ENOSPC') return new MissingPart(`disk full at ${path}`, 'make room, or use another folder');
  return error;
}
