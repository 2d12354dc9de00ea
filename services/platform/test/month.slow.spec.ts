/** Thirty simulated days with at least 10,000 jobs of the real Philly trace, both ways. Prints the time each took. */
import { phillyTrace, PlatformProgram } from './program.js';

const trace = phillyTrace();
const HOUR = 3_600_000;

describe.each(['main', 'distributed'] as const)('a month of Philly, %s', (name) => {
  const program = new PlatformProgram(name);
  afterAll(() => program.remove());

  (trace ? it : it.skip)(`reconciles exactly${trace ? '' : ' (skipped: no ../shared)'}`, async () => {
    await program.start(['--jobs', trace ?? '', '--format', 'philly', '--days', '30', '--once']);
    const status = await program.ended();
    if (status !== 0) throw new Error(`status ${status}:\n${program.said.slice(-4_000)}`);
    const { agrees, wall_s, events_total, events_per_s, statements } = program.reconciliation();
    const jobs = Object.values(statements.scheduling.jobs).reduce((sum, n) => sum + n, 0);
    process.stdout.write(`${name}: ${jobs} jobs, ${events_total} events in ${wall_s.toFixed(1)} s, ${events_per_s} events/s\n`);
    expect(agrees).toBe(true);
    expect(jobs).toBeGreaterThanOrEqual(10_000);
  }, HOUR);
});
