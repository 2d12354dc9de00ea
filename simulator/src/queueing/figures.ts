/** What became of a job. */
export interface JobRecord {
  readonly gpus: number;
  readonly durationMs: number;
  /** In the queue, all its waits together. */
  waitMs: number;
  /** Since when it waits, or waited last. */
  queuedMs: number;
  endMs: number;
}

interface Course {
  readonly fromMs: number;
  readonly utilisation: number;
  readonly preemptions: number;
  readonly lostGpuHours: number;
  readonly planMs: readonly number[];
  readonly decisions: string;
}

export interface Figures {
  readonly mean_wait_s: number;
  readonly p50_wait_s: number;
  readonly p95_wait_s: number;
  readonly max_wait_s: number;
  /** Of jobs of at least 16 GPUs; 0 where there are none. */
  readonly gang16_mean_wait_s: number;
  readonly gang16_max_wait_s: number;
  /** (wait + duration) / max(duration, 600 s), at least 1; the mean. */
  readonly bounded_slowdown: number;
  /** GPU-time held over GPU-time there was, while jobs arrived. */
  readonly utilisation: number;
  readonly makespan_h: number;
  readonly preemptions: number;
  readonly lost_gpu_hours: number;
  readonly plan_ms: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly decisions_sha256: string;
}

const GANG_GPUS = 16;
const SLOWDOWN_MS = 600_000;

/** The element at `floor(share · n)` of the sorted values. */
export const quantile = (sorted: readonly number[], share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
const mean = (values: readonly number[]): number => (values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length);
const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));

export function figuresOf(records: readonly JobRecord[], { fromMs, utilisation, preemptions, lostGpuHours, planMs, decisions }: Course): Figures {
  const waits = records.map(({ waitMs }) => waitMs / 1000);
  const gangs = records.filter(({ gpus }) => gpus >= GANG_GPUS).map(({ waitMs }) => waitMs / 1000);
  const slowdowns = records.map(({ waitMs, durationMs }) => Math.max(1, (waitMs + durationMs) / Math.max(durationMs, SLOWDOWN_MS)));
  const sorted = waits.toSorted((a, b) => a - b);
  const plans = planMs.toSorted((a, b) => a - b);
  const seconds = (value: number): number => rounded(value, 3);
  return {
    mean_wait_s: seconds(mean(waits)),
    p50_wait_s: seconds(quantile(sorted, 0.5)),
    p95_wait_s: seconds(quantile(sorted, 0.95)),
    max_wait_s: seconds(sorted.at(-1) ?? 0),
    gang16_mean_wait_s: seconds(mean(gangs)),
    gang16_max_wait_s: seconds(Math.max(0, ...gangs)),
    bounded_slowdown: rounded(mean(slowdowns), 4),
    utilisation: rounded(utilisation, 4),
    makespan_h: rounded((records.reduce((last, { endMs }) => Math.max(last, endMs), fromMs) - fromMs) / 3_600_000, 3),
    preemptions,
    lost_gpu_hours: rounded(lostGpuHours, 3),
    plan_ms: { p50: rounded(quantile(plans, 0.5), 3), p99: rounded(quantile(plans, 0.99), 3), max: rounded(plans.at(-1) ?? 0, 3) },
    decisions_sha256: decisions,
  };
}

type Spread = { readonly [K in keyof Omit<Figures, 'plan_ms' | 'decisions_sha256'>]: { readonly mean: number; readonly sd: number } };

/** Means and standard deviations (of the sample) over several runs. */
export function spreadOf(runs: readonly Figures[]): Spread {
  const of = (key: keyof Spread): { mean: number; sd: number } => {
    const values = runs.map((run) => run[key]);
    const middle = mean(values);
    const sd = values.length > 1 ? Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1)) : 0;
    return { mean: rounded(middle, 4), sd: rounded(sd, 4) };
  };
  return {
    mean_wait_s: of('mean_wait_s'), p50_wait_s: of('p50_wait_s'), p95_wait_s: of('p95_wait_s'), max_wait_s: of('max_wait_s'),
    gang16_mean_wait_s: of('gang16_mean_wait_s'), gang16_max_wait_s: of('gang16_max_wait_s'), bounded_slowdown: of('bounded_slowdown'),
    utilisation: of('utilisation'), makespan_h: of('makespan_h'), preemptions: of('preemptions'), lost_gpu_hours: of('lost_gpu_hours'),
  };
}
