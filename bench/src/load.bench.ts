/**
 * The whole way of a job: submitted over HTTP, placed by the engine, run by simulated nodes, metered, rated, posted, and
 * seen in billing's totals and the lab's burn. Jobs come on a schedule, whether those before are answered or not. The
 * highest rate that holds is searched in short trials, then held: a rate holds while nothing waits more and more.
 * BENCH_SHAPE separate (default) or embedded; BENCH_SECONDS for how long it is held; BENCH_RATE holds that one instead.
 */
import { Followers } from './load/followers.js';
import { startPlatform, type ShapeName } from './load/platform.js';
import { highestRate } from './load/search.js';
import { trial, type Trial } from './load/trial.js';
import { secondHalf, slope } from './load/trend.js';
import { quantile, report } from './report.js';

const SHAPE: ShapeName = process.env['BENCH_SHAPE'] === 'embedded' ? 'embedded' : 'separate';
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 20);
const RATE = Number(process.env['BENCH_RATE'] ?? 0);
/** Jobs per second and seconds of the first trial. */
const FIRST = 200;
const TRIAL_S = 12;
/** What is aimed at, jobs per second. */
const GOAL = 2_000;
/** Of the highest rate that a short trial held, the share that is then held for long. */
const SAFE = 0.9;

const round = (value: number, digits = 3): number => Number(value.toPrecision(digits));
const rounded = (values: Iterable<readonly [string, number]>): Record<string, number> => Object.fromEntries([...values].map(([name, value]) => [name, round(value)]));

const sumOf = (by: ReadonlyMap<string, number>): number => [...by.values()].reduce((sum, one) => sum + one, 0);

const platform = await startPlatform(SHAPE);
const followers = new Followers(platform.databaseUrl);
const attempt = async (rate: number, seconds: number): Promise<Trial> => {
  const tried = await trial(platform, followers, rate, seconds);
  const cpuMs = (sumOf(tried.cpu) / tried.done) * 1000;
  process.stderr.write(`${rate} jobs/s for ${seconds} s: ${tried.held ? 'held' : `gave way: ${tried.gaveWay.join(', ')}`}; ${round(cpuMs)} ms of CPU per job\n`);
  return tried;
};

try {
  await attempt(FIRST / 2, TRIAL_S / 2); // warms up
  const highest = RATE > 0 ? RATE : await highestRate(FIRST, async (rate) => (await attempt(rate, TRIAL_S)).held);
  const long = await attempt(RATE > 0 ? RATE : Math.round(highest * SAFE), SECONDS);
  tell(long, highest);
} finally {
  await followers.close();
  await platform.stop();
}

function tell(long: Trial, highest: number): void {
  const { rate, seconds, counts, done, held, gaveWay, cpu, cpuHeld, answered, late, stages, memory, behind, delays, problem } = long;
  const common = { shape: SHAPE, jobs_per_second: rate, seconds };
  const goal = { reference: `the goal: ${GOAL} jobs/s`, reference_value: GOAL };
  report({ bench: 'load: highest rate that a short trial held', shape: SHAPE, value: highest, unit: 'jobs/s', ...goal });
  report({ bench: 'load: rate held', ...common, held, gave_way: gaveWay, ...counts, done, ...(problem !== undefined && { problem: problem instanceof Error ? problem.message : JSON.stringify(problem) }), value: held ? rate : 0, unit: 'jobs/s', ...goal });
  for (const [stage, samples] of [['due → submission answered', answered], ...Object.entries(stages), ['the generator itself was late', late]] as const) {
    const sorted = samples.toSorted((a, b) => a - b);
    const [p50, p99] = [quantile(sorted, 0.5), quantile(sorted, 0.99)];
    report({ bench: `load: ${stage}, p99`, ...common, samples: sorted.length, value: p99, unit: 'ms', reference: 'p50 of the same', reference_value: p50 });
  }
  report({ bench: 'load: longest queue at the end', ...common, behind_s: rounded([...behind].filter(([, value]) => value > 0.05)), value: Math.max(0, ...behind.values()), unit: 's', reference: 'the time it was held', reference_value: seconds });
  for (const [name, samples] of memory) {
    const half = secondHalf(samples);
    const mean = half.reduce((sum, { value }) => sum + value, 0) / half.length;
    report({ bench: `load: memory, ${name}`, ...common, growth_mib_per_minute: round((slope(half) * 60) / 2 ** 20), value: mean / 2 ** 20, unit: 'MiB', reference: 'at first', reference_value: (samples[0]?.value ?? 0) / 2 ** 20 });
  }
  const total = sumOf(cpu);
  const byUse = [...cpu].toSorted(([, a], [, b]) => b - a);
  report({
    bench: 'load: CPU per job, all processes', ...common, cores_busy: round(sumOf(cpuHeld) / seconds), ms: rounded(byUse.map(([name, one]) => [name, (one / done) * 1000] as const)), share: rounded(byUse.map(([name, one]) => [name, one / total] as const)),
    loop_delay_p99_ms: rounded([...delays].map(([name, samples]) => [name, Math.max(...samples.map(({ value }) => value))] as const)),
    value: (total / done) * 1000, unit: 'ms', reference: `two cores at the goal`, reference_value: 2_000 / GOAL,
  });
}
