/** Runs `npm run chaos` as people do. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const PROGRAM = resolve(import.meta.dirname, '../dist/chaos.js');
/** Of what it said, when it fails. */
const SHOWN = 12_000;

/** @throws Error with what it said, when a check does not hold; its folder is kept then */
export async function runsChaos({ seed, minutes }: { readonly seed: number; readonly minutes: number }): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pioche-chaos-'));
  const child = spawn(process.execPath, [PROGRAM, '--seed', String(seed), '--minutes', String(minutes), '--data-dir', join(folder, 'data')], { env: { ...process.env, NODE_OPTIONS: '' }, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const status = await new Promise<number | null>((done) => child.once('exit', done));
  const last = said.trimEnd().split('\n').at(-1) ?? '';
  if (status !== 0) throw new Error(`status ${status}, its folder is ${folder}:\n${said.slice(-SHOWN)}`);
  process.stdout.write(`${last}\n`);
  expect(last).toMatch(/^chaos: [1-9]\d* commands acknowledged, 0 lost, 0 doubled, .* every check holds$/);
  rmSync(folder, { recursive: true, force: true });
}
