/** Billing days and periods. All in UTC, so that a period is the same for every tenant and node. */
import { instant, epochMs, type Instant } from '@pioche/kernel';
import type { BudgetPeriod, Period } from '@pioche/contracts';

const DAY_MS = 86_400_000;

/** The last midnight at or before `at`. */
export const midnightBefore = (at: Instant): Instant => instant(Math.floor(epochMs(at) / DAY_MS) * DAY_MS);

/** The first midnight later than `at`. */
export const midnightAfter = (at: Instant): Instant => instant((Math.floor(epochMs(at) / DAY_MS) + 1) * DAY_MS);

/** `2026-11` of an instant in November 2026. */
export const monthOf = (at: Instant): Period => at.slice(0, 7);

/** The first moment of a month, and the first that is no longer in it. */
export function spanOf(period: Period): { readonly from: Instant; readonly to: Instant } {
  const [year = 0, month = 0] = period.split('-').map(Number);
  return { from: instant(Date.UTC(year, month - 1)), to: instant(Date.UTC(year, month)) };
}

/** The period of a budget that `at` is in: `2026-11` or `2026`. */
export function budgetPeriodOf(kind: BudgetPeriod, at: Instant): string {
  return kind === 'month' ? monthOf(at) : at.slice(0, 4);
}
