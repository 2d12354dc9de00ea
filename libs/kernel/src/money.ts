/** Money and GPU time: exact integers. A nano-euro is 10⁻⁹ €, a cent is 10⁷ of them. */
import { z } from 'zod';

/** Nano-euro in JSON: an integer as a decimal string, for JSON numbers end at 2⁵³. */
export const NanoEuro = z
  .string()
  .regex(/^-?(0|[1-9]\d*)$/)
  .meta({ description: 'Nano-euro (10⁻⁹ €): an integer as a decimal string.', examples: ['2800000000'] });
export type NanoEuro = z.infer<typeof NanoEuro>;

/** An amount for people: an integer of minor units and its currency. */
export const Money = z.object({ amount: z.int().meta({ description: 'Minor units (cents).' }), currency: z.literal('EUR') });
export type Money = z.infer<typeof Money>;

export const NANO_PER_CENT = 10_000_000n;
export const NANO_PER_EURO = 1_000_000_000n;

/** Divides, rounding half away from zero: 5/2 → 3, −5/2 → −3. @throws RangeError when `by` is not positive */
export function divideHalfAway(value: bigint, by: bigint): bigint {
  if (by <= 0n) throw new RangeError(`divisor must be positive, not ${by}`);
  const twice = 2n * (value < 0n ? -value : value) + by;
  const rounded = twice / (2n * by);
  return value < 0n ? -rounded : rounded;
}

/** Nano-euro → whole cents, half away from zero. */
export const toCents = (nano: bigint): bigint => divideHalfAway(nano, NANO_PER_CENT);

export const eur = (cents: bigint): Money => ({ amount: Number(cents), currency: 'EUR' });

/** `1234567` cents → `12,345.67 €`, for reports. */
export function formatCents(cents: bigint): string {
  const size = cents < 0n ? -cents : cents;
  const euros = (size / 100n).toString().replaceAll(/\B(?=(\d{3})+$)/g, ',');
  return `${cents < 0n ? '-' : ''}${euros}.${(size % 100n).toString().padStart(2, '0')} €`;
}

export const sum = (values: Iterable<bigint>): bigint => {
  let total = 0n;
  for (const value of values) total += value;
  return total;
};
