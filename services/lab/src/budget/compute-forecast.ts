/** Which compute budget pays for what, and when each will be used up. */
import { epochMs, instant, NANO_PER_CENT, sum, type Instant } from '@pioche/kernel';
import { exhaustionOf } from './forecast.js';

interface Place {
  readonly tenant: string;
  /** Null: the tenant’s whole lab. */
  readonly project: string | null;
}

export interface ComputeBudget extends Place {
  readonly budget: string;
  /** Cents. */
  readonly amount: number;
}

export interface DayOfBurn extends Place {
  /** YYYY-MM-DD, in UTC. */
  readonly day: string;
  readonly nano: bigint;
}

export interface ComputeForecast extends ComputeBudget {
  readonly burntNano: bigint;
  /** Negative in the last budget, when more was burnt than there is. */
  readonly restNano: bigint;
  readonly exhaustedAt: Instant | null;
}

const DAY_MS = 86_400_000;
/** Days, today with them, that tell how fast compute is burnt; fewer for what began later. */
const WINDOW_DAYS = 14;

const placeOf = ({ tenant, project }: Place): string => `${tenant} ${project ?? ''}`;

/** The budgets that pay for a project, in their order: its own, or the whole lab’s when it has none. */
export function payersOf<B extends Place>(budgets: readonly B[], place: Place): readonly B[] {
  const own = budgets.filter((budget) => placeOf(budget) === placeOf(place));
  return own.length > 0 ? own : budgets.filter((budget) => placeOf(budget) === placeOf({ ...place, project: null }));
}

/**
 * @param budgets in the order in which they were opened: of several for the same, the oldest is used up first
 * @param burn every day of the tenants of these budgets
 */
export function computeForecasts(budgets: readonly ComputeBudget[], burn: readonly DayOfBurn[], now: Instant): ComputeForecast[] {
  const pools = Map.groupBy(budgets, placeOf);
  const poolOf = (day: DayOfBurn): string => (pools.has(placeOf(day)) ? placeOf(day) : placeOf({ ...day, project: null }));
  const burns = Map.groupBy(burn, poolOf);
  return [...pools].flatMap(([place, pool]) => forecastPool(pool, burns.get(place) ?? [], now));
}

function forecastPool(pool: readonly ComputeBudget[], burn: readonly DayOfBurn[], now: Instant): ComputeForecast[] {
  let left = sum(burn.map(({ nano }) => nano));
  let ahead = -left;
  const rate = rateOf(burn, now);
  return pool.map((budget, index) => {
    const amount = BigInt(budget.amount) * NANO_PER_CENT;
    const burntNano = index < pool.length - 1 && left > amount ? amount : left;
    left -= burntNano;
    ahead += amount;
    return { ...budget, burntNano, restNano: amount - burntNano, exhaustedAt: exhaustionOf({ rest: ahead, now, ...rate }) };
  });
}

/** Whole days, and today so far. */
function rateOf(burn: readonly DayOfBurn[], now: Instant) {
  const today = Math.floor(epochMs(now) / DAY_MS) * DAY_MS;
  const days = burn.map(({ day, nano }) => ({ begins: epochMs(`${day}T00:00:00.000Z`), nano }));
  const first = days.reduce((earliest, { begins }) => Math.min(earliest, begins), today);
  const since = Math.max(first, today - (WINDOW_DAYS - 1) * DAY_MS);
  return {
    windowDays: Math.max(1, epochMs(now) - since) / DAY_MS,
    used: days.filter(({ begins }) => begins >= since).map(({ begins, nano }) => ({ at: instant(Math.min(begins + DAY_MS, epochMs(now))), amount: nano })),
  };
}
