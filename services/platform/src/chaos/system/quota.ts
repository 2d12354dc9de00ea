/** A folder with little room, that can be taken away and given back. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';

export interface Quota {
  /** Leaves room for so many bytes more, and no more. */
  leave(bytes: number): Promise<void>;
  /** Gives all its room back. */
  free(): void;
  /** Takes the folder with all that is in it away. */
  close(): void;
}

/** Nothing is taken before it is written. */
const ROOM = '4g';

const quietly = (command: string, ...args: string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** Takes away what a killed run has left mounted there. */
export const unmount = (folder: string): boolean => quietly('umount', '-l', folder);

/** A memory file system mounted on the folder, which needs root on Linux. Nothing where that is not to be had. */
export function quotaOn(folder: string): Quota | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  mkdirSync(folder, { recursive: true });
  const sized = (size: string) => quietly('mount', '-o', `remount,size=${size}`, folder);
  if (!quietly('mount', '-t', 'tmpfs', '-o', `size=${ROOM},mode=0700`, 'pioche-chaos', folder)) return undefined;
  const close = () => void unmount(folder);
  process.once('exit', close);
  return {
    async leave(bytes) {
      const { blocks, bfree, bsize } = await statfs(folder);
      if (!sized(String((blocks - bfree) * bsize + bytes))) throw new Error(`the room of ${folder} cannot be changed`);
    },
    free: () => void sized(ROOM),
    close() {
      process.off('exit', close);
      close();
    },
  };
}
