/** `deep-queue`: a full cluster and very many jobs that wait; how long does a complete plan take? */
import { InvalidArgumentError } from 'commander';
import type { Mode } from '../mode.js';
import { clusterOf } from '../queueing/cluster.js';
import { deepQueue as measured } from './run.js';

interface Options {
  readonly pending: number;
  readonly cluster: string;
  readonly seed: number;
  readonly plans: number;
}

const whole = (min: number, max: number) => (text: string): number => {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new InvalidArgumentError(`A whole number from ${min} to ${max} is expected.`);
};

export const deepQueue: Mode = (program, finish, progress) => {
  program
    .command('deep-queue')
    .description('A full cluster and very many jobs that wait: the time of complete plans, with an estimated start and a reason for each job.')
    .option('--pending <n>', 'jobs that wait', whole(1, 1_000_000), 10_000)
    .option('--cluster <shape>', 'NODESxGPUS, or the file of a SuperPOD manifest', '127x8')
    .option('--seed <n>', 'of the jobs', whole(0, 2 ** 32 - 1), 1)
    .option('--plans <n>', 'plans that are measured, each after something has changed', whole(1, 100_000), 20)
    .action(({ pending, cluster, seed, plans }: Options) => {
      finish({ mode: 'deep-queue', cluster, seed, ...measured(clusterOf(cluster), pending, seed, plans, progress) });
    });
};
