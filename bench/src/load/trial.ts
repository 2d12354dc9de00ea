/** One rate, held for some time, and what became of it. */
import { setTimeout as pause } from 'node:timers/promises';
import { cpuSeconds } from './processes.js';
import type { Followers } from './followers.js';
import { Generator, type Counts } from './generator.js';
import { namedProcesses, type Platform } from './platform.js';
import { stagesOf, type Stages } from './stages.js';
import { secondHalf, slope, type Sample } from './trend.js';
import { Watch } from './watch.js';

/** Jobs whose stages are looked at. */
const SAMPLED = 4_000;
/** A queue that grows by more than this share of the time is one that is not kept up with. */
const GROWING = 0.05;
/** Unless it is as short as this, in seconds: then it only comes and goes. */
const SHORT_S = 1;
const DRAIN_MS = 60_000;
const LOOK_MS = 50;
/** Those that write with every event that they read; others note now and then how far they are. */
const MEASURED = new Set(['billing.usage_total', 'billing.ledger_account', 'billing.meter-allocations', 'lab.burn', 'sovereignty.audit', 'scheduling.job_view']);

export interface Trial extends Pick<Watch, 'memory' | 'delays'> {
  readonly rate: number;
  readonly seconds: number;
  /** When the last job had been sent. */
  readonly counts: Counts;
  /** Jobs that ran to their end, those included that did so later. */
  readonly done: number;
  readonly held: boolean;
  /** What grew, or was too much; empty when the rate was held. */
  readonly gaveWay: readonly string[];
  /** Seconds behind at the end, by queue. */
  readonly behind: ReadonlyMap<string, number>;
  /** CPU seconds by process, until all of it was done, and while the rate was held. */
  readonly cpu: ReadonlyMap<string, number>;
  readonly cpuHeld: ReadonlyMap<string, number>;
  /** Milliseconds. */
  readonly answered: readonly number[];
  readonly late: readonly number[];
  readonly stages: Stages;
  readonly problem: unknown;
}

let trials = 0;

/** @param rate jobs per second */
export async function trial(platform: Platform, followers: Followers, rate: number, seconds: number): Promise<Trial> {
  const generator = await Generator.of(platform, `trial ${(trials += 1)} ${process.pid}`);
  const cpuBefore = cpuSeconds(namedProcesses(platform));
  const cpuSince = () => new Map([...cpuSeconds(namedProcesses(platform))].map(([name, after]) => [name, after - (cpuBefore.get(name) ?? 0)]));
  const watch = new Watch(platform, followers, { generator, rate, jobs: rate * seconds });

  await generator.run(rate, seconds, Math.min(1, SAMPLED / (rate * seconds)));
  const cpuHeld = cpuSince();
  const counts = { ...generator.counts };
  const drained = await generator.drain(DRAIN_MS);
  await untilThere(followers);
  const cpu = cpuSince();
  await watch.stop();

  const gaveWay = [
    ...(counts.dropped > 0 ? [`${counts.dropped} jobs could not be sent`] : []),
    ...(drained ? [] : ['jobs that never end']),
    ...[...watch.queues].filter(([, samples]) => grows(samples)).map(([name]) => name),
  ];
  return {
    rate, seconds, counts, done: generator.counts.finished, held: gaveWay.length === 0, gaveWay, cpu, cpuHeld,
    behind: new Map([...watch.queues].map(([name, samples]) => [name, samples.at(-1)?.value ?? 0])),
    memory: watch.memory, delays: watch.delays, answered: generator.answered, late: generator.late, problem: generator.problem,
    stages: await stagesOf(generator.sampled, followers, watch.places),
  };
}

function grows(samples: readonly Sample[]): boolean {
  return (samples.at(-1)?.value ?? 0) > SHORT_S && slope(secondHalf(samples)) > GROWING;
}

/** Everyone has read everything. */
async function untilThere(followers: Followers): Promise<void> {
  for (const end = Date.now() + DRAIN_MS; Date.now() < end; await pause(LOOK_MS)) {
    const { heads, places } = await followers.look();
    if (places.every(({ source, position, follower }) => position >= (heads.get(source) ?? 0) || !MEASURED.has(follower))) return;
  }
}
