/** Why an invoice line is what it is: the slices, events, price versions and the rounding that made it. */
import { NANO_PER_CENT, type Instant, type Money } from '@pioche/kernel';
import { invoiceLineKey, type InvoiceLine, type Period, type UsageSlice } from '@pioche/contracts';
import { monthOf } from '../calendar.js';
import { hourlyNano } from '../price-book/prices.js';

/** A slice as it was recorded: `id` is that of its `UsageRated`. */
export interface RecordedSlice {
  readonly id: string;
  readonly data: UsageSlice;
}

export interface ExplainedSlice {
  readonly event: string;
  readonly causes: readonly string[];
  readonly allocation: string;
  readonly job: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly gpu_milli: number;
  readonly gpu_micro_seconds: string;
  readonly price_book_version: number;
  readonly amount_nano: string;
}

export interface Explanation {
  readonly line: InvoiceLine;
  /** Nano-euro per GPU-hour. */
  readonly hourly_nano: string;
  readonly slices: readonly ExplainedSlice[];
  /** Sum of the slices less the line's exact amount: `0`, or slices have come since. */
  readonly unexplained_nano: string;
  readonly rounding: { readonly rule: 'half away from zero, to the cent, once per line'; readonly exact_nano: string; readonly net: Money; readonly rounding_nano: string };
}

/** @param slices of the line's account, in any order; only those of the line and period are used */
export function explain(line: InvoiceLine, period: Period, slices: Iterable<RecordedSlice>): Explanation {
  const own = [...slices]
    .filter(({ data }) => monthOf(data.from) === period && invoiceLineKey(data) === invoiceLineKey(line))
    .sort((a, b) => (a.data.from < b.data.from ? -1 : Number(a.data.from > b.data.from)));
  const explained = own.reduce((total, { data }) => total + BigInt(data.amount_nano), 0n);
  const exact = BigInt(line.exact_nano);
  return {
    line,
    hourly_nano: hourlyNano(BigInt(line.nano_per_gpu_second)).toString(),
    slices: own.map(({ id, data }) => ({
      event: id,
      causes: data.causes,
      allocation: data.allocation,
      job: data.job,
      from: data.from,
      to: data.to,
      gpu_milli: data.gpu_milli,
      gpu_micro_seconds: data.gpu_micro_seconds,
      price_book_version: data.price_book_version,
      amount_nano: data.amount_nano,
    })),
    unexplained_nano: (explained - exact).toString(),
    rounding: {
      rule: 'half away from zero, to the cent, once per line',
      exact_nano: line.exact_nano,
      net: line.net,
      rounding_nano: (BigInt(line.net.amount) * NANO_PER_CENT - exact).toString(),
    },
  };
}
