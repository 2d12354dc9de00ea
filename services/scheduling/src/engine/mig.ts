/**
 * MIG instances of an H100 80GB as intervals of its eight memory slices. Where an instance of a profile may begin is
 * what `nvidia-smi mig -lgipp` lists (NVIDIA MIG User Guide, "H100 MIG Profiles"); compute slices follow from it.
 */
import { popcount } from './bits.js';
import { WHOLE } from './units.js';

export interface MigProfile {
  /** Memory slices, of eight. */
  readonly slices: number;
  /** Compute slices, of seven. */
  readonly compute: number;
  readonly starts: readonly number[];
}

export const MIG_PROFILES = {
  '1g.10gb': { slices: 1, compute: 1, starts: [0, 1, 2, 3, 4, 5, 6] },
  '1g.20gb': { slices: 2, compute: 1, starts: [0, 2, 4, 6] },
  '2g.20gb': { slices: 2, compute: 2, starts: [0, 2, 4] },
  '3g.40gb': { slices: 4, compute: 3, starts: [0, 4] },
  '4g.40gb': { slices: 4, compute: 4, starts: [0] },
  '7g.80gb': { slices: 8, compute: 7, starts: [0] },
} as const satisfies Record<string, MigProfile>;
export type MigProfileName = keyof typeof MIG_PROFILES;

export const SLICES = 8;
export const isMigProfile = (name: string): name is MigProfileName => Object.hasOwn(MIG_PROFILES, name);

/** The profile's share of a GPU, in thousandths: its memory, so that shares of a GPU never sum to more than the whole. */
export const migMilli = (name: MigProfileName): number => (MIG_PROFILES[name].slices * WHOLE) / SLICES;

/** The slices that an instance at this start takes, as bits. */
export const migBits = (name: MigProfileName, start: number): number => ((1 << MIG_PROFILES[name].slices) - 1) << start;

/** Slices that instances of each profile could still take together, summed over profiles: what a GPU is still good for. */
const OPEN_TO = Uint8Array.from({ length: 1 << SLICES }, (_, taken) => {
  let sum = 0;
  for (const { slices, starts } of Object.values(MIG_PROFILES) as MigProfile[]) {
    let next = 0;
    for (const start of starts)
      if (start >= next && (taken & (((1 << slices) - 1) << start)) === 0) {
        sum += slices;
        next = start + slices;
      }
  }
  return sum;
});

/**
 * Where an instance does the least harm to what the GPU is still good for; ties: the highest start.
 * @param taken the slices of the GPU that are taken, as bits
 * @returns undefined where none fits
 */
export function migStart(name: MigProfileName, taken: number): { readonly start: number; readonly harm: number } | undefined {
  let best: { start: number; harm: number } | undefined;
  for (const start of MIG_PROFILES[name].starts) {
    const bits = migBits(name, start);
    if ((taken & bits) !== 0) continue;
    const harm = OPEN_TO[taken]! - OPEN_TO[taken | bits]!;
    if (harm <= (best?.harm ?? Infinity)) best = { start, harm };
  }
  return best;
}

/** Free memory slices of a GPU. */
export const freeSlices = (taken: number): number => SLICES - popcount(taken);
