/** What the programs say when they are asked wrongly: one line, the right status, no stack. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { PlatformProgram } from './program.js';

const program = new PlatformProgram('main');
afterAll(() => program.remove());

const run = async (...args: string[]): Promise<{ status: number; said: string }> => {
  program.said = '';
  await program.start(args);
  return { status: await program.ended(), said: program.said };
};

it('explains its options', async () => {
  const { status, said } = await run('--help');
  expect(status).toBe(0);
  expect(said).toContain('--max-jobs');
});

it('refuses an unknown option with 2', async () => {
  const { status, said } = await run('--fast');
  expect(status).toBe(2);
  expect(said).toContain("unknown option '--fast'");
});

it('refuses a malformed trace line with 2 and the place', async () => {
  const file = join(program.folder, 'bad.csv');
  writeFileSync(file, 'timestamp,duration,num_gpus,gpu_time,cluster\n2017-09-04 10:30:41,60,1,60,a\n2017-09-04 10:30:42,sixty,1,60,a\n');
  const { status, said } = await run('--jobs', file, '--format', 'philly');
  expect(status).toBe(2);
  expect(said).toContain(`${file}:3: duration: a number of at least 0 expected, found 'sixty'`);
  expect(said).not.toMatch(/^\s+at /m);
});

it('says that its port is taken before it starts anything', async () => {
  const other = createServer();
  await new Promise<void>((done) => other.listen(program.port, '127.0.0.1', done));
  const { status, said } = await run();
  other.close();
  expect(status).toBe(1);
  expect(said.trim()).toBe(`pioche: port ${program.port} is taken: choose another with --port`);
});
