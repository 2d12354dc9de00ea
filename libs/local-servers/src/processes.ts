import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const procfs = existsSync('/proc/self/stat');

/** When a process was started, in a form that is only good for comparing; `undefined` if it has ended. */
export function startMark(pid: number): string | undefined {
  if (!procfs) return ps(pid, 'lstart');
  // Fields after the command's name, which may hold spaces: state is the first, the start time the twentieth.
  const fields = read(`/proc/${pid}/stat`)?.replace(/^.*\) /s, '').split(' ');
  return fields === undefined || fields[0] === 'Z' ? undefined : fields[19];
}

/** What a process was called with; `undefined` if it has ended. */
export function commandLine(pid: number): string | undefined {
  const line = procfs ? read(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ') : ps(pid, 'args');
  return line === '' ? undefined : line;
}

/** Sends a signal and, where the process is still there after `patienceMs`, SIGKILL. Resolves when it has ended. */
export async function endProcess(pid: number, signal: NodeJS.Signals, patienceMs = 20_000): Promise<void> {
  const mark = startMark(pid);
  if (mark === undefined) return;
  const gone = () => startMark(pid) !== mark;
  kill(pid, signal);
  for (let waited = 0; !gone() && waited < patienceMs; waited += 20) await sleep(20);
  if (!gone()) kill(pid, 'SIGKILL');
  while (!gone()) await sleep(20);
}

/** Sends a signal; a process that has ended meanwhile is no error. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A process and all that it and those have started. */
export function family(pid: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const parents = lines.map((line) => line.trim().split(/\s+/).map(Number));
  const members = [pid];
  for (const member of members) members.push(...parents.filter(([, parent]) => parent === member).map(([child = 0]) => child));
  return members;
}

/**
 * Stops processes as they stand (SIGSTOP). They go on when this process ends, however it does: a stopped one could not
 * notice that by itself.
 * @returns a function that lets them go on
 */
export function pauseProcesses(pids: readonly number[]): () => void {
  const watcher = spawn('sh', ['-c', 'cat; kill -CONT "$@"', 'sh', ...pids.map(String)], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  watcher.unref();
  for (const pid of pids) kill(pid, 'SIGSTOP');
  return () => {
    watcher.kill('SIGKILL');
    for (const pid of pids) kill(pid, 'SIGCONT');
  };
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function ps(pid: number, field: 'lstart' | 'args'): string | undefined {
  try {
    return execFileSync('ps', ['-o', `${field}=`, '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}
