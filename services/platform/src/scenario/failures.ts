/**
 * When nodes fail: the rates and causes of 54 days of Llama-3 training on 16,384 H100
 * ("The Llama 3 Herd of Models", table 5: 419 unplanned interruptions, 4.74e-4 per GPU-day).
 */
import { Random } from './random.js';

const GPUS = 16_384;
const DAYS = 54;

/**
 * Cause and how often it was counted. `xid`: what the node's kernel log shows of it; `host`: the node is taken out by hand;
 * neither: it ends the job that it meets, and the node is fit.
 */
const CAUSES: readonly { cause: string; count: number; xid?: number; host?: true }[] = [
  { cause: 'faulty GPU', count: 148, xid: 79 },
  { cause: 'GPU HBM3 memory', count: 72, xid: 64 },
  { cause: 'software bug', count: 54 },
  { cause: 'network switch or cable', count: 35 },
  { cause: 'host maintenance', count: 32, host: true },
  { cause: 'GPU SRAM memory', count: 19, xid: 48 },
  { cause: 'GPU system processor', count: 17, xid: 119 },
  { cause: 'NIC', count: 7, host: true },
  { cause: 'NCCL watchdog time-out', count: 7 },
  { cause: 'silent data corruption', count: 6, xid: 95 },
  { cause: 'GPU thermal interface and sensor', count: 6, xid: 62 },
  { cause: 'SSD, power supply, chassis, IO board, CPU or system memory', count: 14, host: true },
  { cause: 'dependency', count: 2 },
];

export interface Failure {
  /** Seconds after the start. */
  readonly atS: number;
  /** Index of the node and, on it, of the GPU. */
  readonly node: number;
  readonly gpu: number;
  readonly xid?: number;
  readonly host?: true;
  readonly cause: string;
}

/** Failures of `nodes` × 8 GPUs over `days`, in order of time. */
export function failures(seed: number, nodes: number, days: number): Failure[] {
  const random = new Random(seed, 'failures');
  const perGpuDay = CAUSES.reduce((sum, { count }) => sum + count, 0) / GPUS / DAYS;
  const meanGapS = 86_400 / (perGpuDay * nodes * 8);
  const all: Failure[] = [];
  for (let atS = random.exponential(meanGapS); atS < days * 86_400; atS += random.exponential(meanGapS)) {
    const { count: _, ...what } = random.pick(CAUSES.map((one) => [one, one.count] as const));
    all.push({ atS, node: Math.floor(random.uniform() * nodes), gpu: Math.floor(random.uniform() * 8), ...what });
  }
  return all;
}
