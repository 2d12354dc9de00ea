/** The whole platform, as its programs: one simulated day, both ways, and what happens when it is killed. */
import { describeWithKafka } from '@pioche/testing';
import { phillyTrace, PlatformProgram, smallTrace } from './program.js';

const LIMIT = 240_000;

async function reconcilesADay(program: PlatformProgram, jobs: string, more: readonly string[] = []): Promise<void> {
  await program.start(['--jobs', jobs, '--format', 'philly', '--days', '1', '--once', ...more]);
  const status = await program.ended();
  if (status !== 0) throw new Error(`status ${status}:\n${program.said}`);
  const { agrees, checks, statements, wall_s, events_per_s } = program.reconciliation();
  process.stdout.write(`one simulated day: ${wall_s.toFixed(1)} s, ${events_per_s} events/s, ${JSON.stringify(statements.scheduling.jobs)}\n`);
  expect(agrees).toBe(true);
  expect(checks.length).toBeGreaterThan(10);
  expect(statements.scheduling.jobs['fenced']).toBeGreaterThan(0);
  expect(statements.billing.invoices).toBeGreaterThan(0);
  expect(BigInt(statements.scheduling.allocated_gpu_milli_ms)).toBeGreaterThan(0n);
}

describe('a simulated day, embedded', () => {
  let program: PlatformProgram;
  beforeEach(() => (program = new PlatformProgram('main')));
  afterEach(() => program.remove());

  it('reconciles on a trace of our own, on the log tail where there is no Kafka', () => reconcilesADay(program, smallTrace(program.folder)), LIMIT);

  const real = phillyTrace();
  (real ? it : it.skip)(`reconciles on the busiest day of the real Philly trace${real ? '' : ' (skipped: no ../shared)'}`, () => reconcilesADay(program, real ?? '', ['--max-jobs', '1500']), LIMIT);

  it('goes on after it was killed, and reconciles', async () => {
    const args = ['--jobs', smallTrace(program.folder), '--format', 'philly', '--days', '1', '--once'];
    await program.start(args);
    await program.untilSaid(/tenants are open/);
    await new Promise((wake) => setTimeout(wake, 1_500));
    program.kill('SIGKILL');
    expect(await program.ended()).toBe(137);
    await program.start(args);
    const status = await program.ended();
    if (status !== 0) throw new Error(program.said);
    expect(program.reconciliation().agrees).toBe(true);
  }, LIMIT);
});

describeWithKafka('a simulated day, as separate processes on Kafka', () => {
  let program: PlatformProgram;
  beforeEach(() => (program = new PlatformProgram('distributed')));
  afterEach(() => program.remove());

  it('reconciles', () => reconcilesADay(program, smallTrace(program.folder)), LIMIT);

  it('reconciles when each service in turn is killed in the middle of it, at seeded times', async () => {
    await program.start(['--jobs', smallTrace(program.folder), '--format', 'philly', '--days', '1', '--once']);
    await program.untilSaid(/tenants are open/);
    let seed = 20_261_117;
    for (const service of ['scheduling', 'billing', 'inventory', 'sovereignty', 'lab']) {
      seed = (seed * 48_271) % 2_147_483_647;
      await new Promise((wake) => setTimeout(wake, 300 + (seed % 1_200)));
      const pid = Number([...program.said.matchAll(new RegExp(`^${service}: .*process (\\d+)`, 'gm'))].at(-1)?.[1]);
      process.kill(pid, 'SIGKILL');
      await program.untilSaid(`${service} ended (SIGKILL): starting it again`);
    }
    const status = await program.ended();
    if (status !== 0) throw new Error(program.said);
    expect(program.reconciliation().agrees).toBe(true);
  }, LIMIT);
});
