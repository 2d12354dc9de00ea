/** Runs one of the platform's programs that come to an end by themselves. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

const DIST = resolve(import.meta.dirname, '../dist');
const LOOK_MS = 2;

export interface Ended {
  /** 137 when it was killed. */
  readonly status: number;
  readonly said: string;
}

/** @param killWhen looked at all the time; as soon as it holds, the program is killed */
export function runTool(name: 'backup' | 'restore' | 'redrive' | 'pioche', args: readonly string[], killWhen?: (said: string) => boolean, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const child = spawn(process.execPath, [resolve(DIST, `${name}.js`), ...args], { env: { ...process.env, NODE_OPTIONS: '', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const looking = killWhen && setInterval(() => killWhen(said) && child.kill('SIGKILL'), LOOK_MS);
  return new Promise((done) => {
    child.once('close', (code) => {
      clearInterval(looking);
      done({ status: code ?? 137, said });
    });
  });
}
