import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { discardServers } from '@pioche/local-servers';
import { eventually } from '@pioche/testing';
import { unmount } from '../src/chaos/system/quota.js';

const PROGRAM = join(import.meta.dirname, 'chaos-system.mjs');
const MINUTES = 60_000;

interface Told {
  readonly up?: number[];
  readonly done?: string;
  readonly fault?: string;
  readonly phases?: string[];
  readonly renewed?: number;
  readonly pids?: number[];
}

/** A process that has ended, or only waits to be counted out by its parent. */
function isGone(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}

const mounted = (folder: string): boolean => readFileSync('/proc/mounts', 'utf8').includes(folder);

describe('the system that faults are done to', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pioche-chaos-'));
  let child: ChildProcess | undefined;
  let lines: AsyncIterator<string> | undefined;
  let said = '';

  function start(...faults: string[]): void {
    child = spawn(process.execPath, [PROGRAM, folder, ...faults], { env: { ...process.env, NODE_OPTIONS: '' }, stdio: ['pipe', 'pipe', 'pipe'] });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
    if (child.stdout) lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  }
  async function told(): Promise<Told> {
    const next = await lines?.next();
    if (!next || next.done === true) throw new Error(`it ended: ${said}`);
    return JSON.parse(next.value) as Told;
  }
  async function ask(what: string): Promise<void> {
    child?.stdin?.write(`${what}\n`);
    expect(await told()).toEqual({ done: what });
  }
  afterAll(async () => {
    child?.kill('SIGKILL');
    unmount(join(folder, 'servers', 'kafka', 'data'));
    await discardServers(join(folder, 'servers'), () => {});
    rmSync(folder, { recursive: true, force: true });
  });

  it('is ready again after a kill of a service and of each server, and leaves nothing when it stops', async () => {
    start('kill-service:billing', 'kill-postgres:postgres', 'kill-kafka:kafka');
    const pids = new Set((await told()).up);
    expect(pids.size).toBe(7);
    for (const fault of ['kill-service:billing', 'kill-postgres:postgres', 'kill-kafka:kafka']) {
      const { pids: now = [], ...rest } = await told();
      expect(rest).toMatchObject({ fault, phases: ['begun', 'healed'] });
      // A server's death may be a service's own, which is started again: but what was killed is another process now.
      expect(rest.renewed).toBeGreaterThanOrEqual(1);
      for (const pid of now) pids.add(pid);
    }
    await ask('stop');
    await eventually(() => expect([...pids].filter((pid) => !isGone(pid))).toEqual([]));
    expect(mounted(folder)).toBe(false);
  }, 10 * MINUTES);

  it('leaves no service behind when it is killed, though all of them stand still', async () => {
    start();
    const services = (await told()).up?.slice(0, 5) ?? [];
    await ask('pause');
    child?.kill('SIGKILL');
    if (child) await once(child, 'exit');
    await eventually(() => expect(services.filter((pid) => !isGone(pid))).toEqual([]), MINUTES);
  }, 10 * MINUTES);
});
