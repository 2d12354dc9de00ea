import { readPhilly, readPioche, readSacct, readSwf, type TraceJob } from '@pioche/traces';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { InputError, type Mode } from '../mode.js';
import { Random } from '../packing/random.js';
import { type ClusterShape, clusterOf } from './cluster.js';
import { Easy } from './easy.js';
import { EnginePolicy } from './engine-policy.js';
import { Failures } from './failures.js';
import { Fifo } from './fifo.js';
import { type Figures, spreadOf } from './figures.js';
import type { Policy } from './policy.js';
import { run } from './run.js';
import { blurred, expectFits, factorsOf, faster, type Limits, limitsDrawn, loaded, replica, simulated, sliceFrom } from './workload.js';

type Format = 'pioche' | 'philly' | 'swf' | 'sacct';

interface Options {
  readonly cluster: string;
  readonly jobs: string;
  readonly format: Format;
  readonly policy: 'fifo' | 'easy' | 'pioche';
  readonly speedUpArrivals?: number;
  readonly load?: number;
  readonly slice?: string;
  readonly failures?: 'llama3';
  readonly checkpointS?: number;
  readonly limitFactor?: readonly number[];
  readonly limits: Limits;
  readonly replicas?: number;
  readonly seed: number;
}

/** Streams of random numbers: each use has its own. */
const STREAM = { slice: 1, limits: 2, failures: 3, replica: 1000 };
/** Philly has no limits: people ask for that many times what they need. */
const PHILLY_FACTORS = [1.05, 1.5, 2, 3];

const above = (least: number, whole: boolean) => (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < least || (whole && !Number.isInteger(value))) throw new InvalidArgumentError(`A ${whole ? 'whole ' : ''}number of at least ${least} is expected.`);
  return value;
};
const factors = (text: string): number[] => text.split(',').map(above(1, false));

export const queueing: Mode = (program, finish, progress) => {
  program
    .command('queueing')
    .description('Jobs arrive over time on a cluster; who waits for how long.')
    .option('--cluster <shape>', 'NODESxGPUS, or the file of a SuperPOD manifest', '127x8')
    .requiredOption('--jobs <file>', 'the trace')
    .addOption(new Option('--format <format>', 'of the trace').choices(['pioche', 'philly', 'swf', 'sacct']).default('pioche'))
    .addOption(new Option('--policy <policy>').choices(['fifo', 'easy', 'pioche']).default('pioche'))
    .option('--speed-up-arrivals <factor>', 'jobs arrive so many times faster', above(0.001, false))
    .option('--load <percent>', 'jobs arrive so fast that they ask for this share of the cluster', above(1, false))
    .option('--slice <start>', 'gang-heavy jobs of a Philly trace from this date and time on')
    .addOption(new Option('--failures <rate>', 'nodes fail at the rate of the Llama 3 report').choices(['llama3']))
    .option('--checkpoint-s <seconds>', 'a job that is stopped has saved its progress so often; absent: it starts from zero', above(1, false))
    .option('--limit-factor <factors>', 'limits are so many times the run time, drawn from these: 1.05,1.5,2,3', factors)
    .addOption(new Option('--limits <kind>', 'as given; the next of 1, 2, 4, 8 … h; one for all').choices(['given', 'coarse', 'constant']).default('given'))
    .option('--replicas <count>', 'so many jittered copies of the trace: their means and standard deviations', above(1, true))
    .option('--seed <number>', 'of all that is drawn', above(0, true), 1)
    .action((_: unknown, command: Command) => {
      const options = command.opts<Options>();
      const cluster = clusterOf(options.cluster);
      const jobs = prepared(options, cluster);
      const copies = options.replicas ?? 1;
      const simulate = (trace: readonly TraceJob[], copy: number): Figures =>
        run(settingOf(options, cluster, blurred(trace, options.limits), copy), (done, of) => progress(copy * of + done, copies * of));
      if (options.replicas === undefined) return finish(simulate(jobs, 0));
      const factorsSeen = options.limitFactor ?? factorsOf(jobs);
      const replicas = Array.from({ length: copies }, (_, copy) => simulate(replica(jobs, factorsSeen, new Random(options.seed, STREAM.replica + copy)), copy));
      finish({ ...spreadOf(replicas), replicas });
    });
};

function prepared(options: Options, cluster: ClusterShape): TraceJob[] {
  if (options.slice !== undefined && options.format !== 'philly') throw new InputError('--slice: only of a trace in the format philly');
  if (options.load !== undefined && options.speedUpArrivals !== undefined) throw new InputError('--load and --speed-up-arrivals exclude each other');
  let jobs = readers[options.format](options.jobs);
  if (jobs.length === 0) throw new InputError(`${options.jobs}:1: no jobs`);
  if (options.slice !== undefined) jobs = sliceFrom(jobs, options.slice, new Random(options.seed, STREAM.slice));
  const drawn = options.limitFactor ?? (options.format === 'philly' ? PHILLY_FACTORS : undefined);
  if (drawn) jobs = limitsDrawn(jobs, drawn, new Random(options.seed, STREAM.limits));
  if (options.speedUpArrivals !== undefined) jobs = faster(jobs, options.speedUpArrivals);
  if (options.load !== undefined) jobs = loaded(jobs, cluster, options.load / 100);
  expectFits(jobs, cluster, options.jobs);
  // Time begins with the first arrival, except where the file says when it began.
  const origin = options.format === 'pioche' ? 0 : jobs[0]!.arrivalS;
  return jobs.map((job) => ({ ...job, arrivalS: job.arrivalS - origin }));
}

const readers: Readonly<Record<Format, (file: string) => TraceJob[]>> = { pioche: readPioche, philly: readPhilly, swf: readSwf, sacct: readSacct };

function settingOf(options: Options, cluster: ClusterShape, jobs: readonly TraceJob[], copy: number): Parameters<typeof run>[0] {
  return {
    cluster,
    jobs: simulated(jobs),
    policy: new policies[options.policy](cluster),
    failures: new Failures(new Random(options.seed, STREAM.failures + STREAM.replica * copy), cluster.nodes, cluster.nodes * cluster.gpusPerNode, options.failures === 'llama3'),
    checkpointMs: (options.checkpointS ?? Infinity) * 1000,
  };
}

const policies: Readonly<Record<Options['policy'], new (cluster: ClusterShape) => Policy>> = { fifo: Fifo, easy: Easy, pioche: EnginePolicy };
