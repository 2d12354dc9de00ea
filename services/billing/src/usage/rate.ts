/**
 * What GPU time costs. A quantity is milliseconds × milli-GPUs = micro-GPU-seconds, so nothing is ever lost in it.
 * What must be rounded (milli-GPU-seconds, nano-euro) is the difference of two rounded running totals: however
 * an allocation is cut, its slices sum to the same.
 */
import { divideHalfAway, epochMs, type Instant } from '@pioche/kernel';
import type { PriceVersion } from '@pioche/contracts';
import { midnightAfter } from '../calendar.js';
import { priceAt, type Price } from '../price-book/prices.js';

/** Running totals of an allocation, exact. */
export interface Total {
  /** Micro-GPU-seconds. */
  readonly micro: bigint;
  /** Micro-GPU-seconds × nano-euro per GPU-second: 10⁻⁶ nano-euro. */
  readonly product: bigint;
}
export const NOTHING: Total = { micro: 0n, product: 0n };

export interface Span {
  readonly from: Instant;
  readonly to: Instant;
}
export type PricedSpan = Span & Price;

export interface Rated extends PricedSpan {
  readonly micro: bigint;
  readonly milli: bigint;
  readonly nano: bigint;
}

const MICRO = 1_000_000n;

const millisecondsIn = ({ from, to }: Span): bigint => BigInt(epochMs(to) - epochMs(from));

export const add = (total: Total, micro: bigint, nanoPerGpuSecond: bigint): Total => ({
  micro: total.micro + micro,
  product: total.product + micro * nanoPerGpuSecond,
});

/** Rates spans one after the other on a running total; `sign` −1 takes them back. */
function rateSpans(gpuMilli: number, spans: readonly PricedSpan[], before: Total, sign: 1n | -1n): Rated[] {
  let total = before;
  return spans.map((span) => {
    const micro = sign * BigInt(gpuMilli) * millisecondsIn(span);
    const next = add(total, micro, span.nanoPerGpuSecond);
    const milli = divideHalfAway(next.micro, 1000n) - divideHalfAway(total.micro, 1000n);
    const nano = divideHalfAway(next.product, MICRO) - divideHalfAway(total.product, MICRO);
    total = next;
    return { ...span, micro, milli, nano };
  });
}

/** Cuts a span at every midnight in UTC and at every change of price book version. @throws Refusal `no-price-in-force` */
function cut({ from, to }: Span, gpuModel: string, versions: readonly PriceVersion[]): PricedSpan[] {
  const spans: PricedSpan[] = [];
  for (let start = from; start < to; ) {
    const changes = versions.map(({ effective_from }) => effective_from).filter((at) => at > start);
    const end = [to, midnightAfter(start), ...changes].reduce((a, b) => (a < b ? a : b));
    spans.push({ from: start, to: end, ...priceAt(versions, gpuModel, start) });
    start = end;
  }
  return spans;
}

/**
 * Rates a span of an allocation by the versions in force during it.
 * @param gpus `gpu_milli`: thousandths of a GPU, of all its GPUs together
 * @param before the allocation's running total at `span.from`
 * @throws Refusal `no-price-in-force`
 */
export const rate = (
  gpus: { readonly gpu_model: string; readonly gpu_milli: number },
  span: Span,
  versions: readonly PriceVersion[],
  before: Total = NOTHING,
): Rated[] => rateSpans(gpus.gpu_milli, cut(span, gpus.gpu_model, versions), before, 1n);

/** What was rated later than `end`, last first. */
export const ratedAfter = (rated: readonly PricedSpan[], end: Instant): PricedSpan[] =>
  rated
    .filter(({ to }) => to > end)
    .map((span) => (span.from < end ? { ...span, from: end } : span))
    .reverse();

/** Takes back what was rated later than `end`, at the prices it was rated at. */
export const takeBack = (gpuMilli: number, rated: readonly PricedSpan[], end: Instant, before: Total): Rated[] =>
  rateSpans(gpuMilli, ratedAfter(rated, end), before, -1n);
