import { refuse, type Instant } from '@pioche/kernel';
import type { PriceVersion } from '@pioche/contracts';

/** What a GPU model costs from some time on. */
export interface Price {
  readonly version: number;
  readonly nanoPerGpuSecond: bigint;
}

/**
 * The price in force at a moment.
 * @param versions of one book, in order of effective_from
 * @throws Refusal `no-price-in-force`
 */
export function priceAt(versions: readonly PriceVersion[], gpuModel: string, at: Instant): Price {
  const version = versions.findLast(({ effective_from }) => effective_from <= at);
  const price = version?.gpu_prices.find(({ gpu_model }) => gpu_model === gpuModel);
  if (!version || !price) return refuse('no-price-in-force', { gpu_model: gpuModel, at });
  return { version: version.version, nanoPerGpuSecond: BigInt(price.nano_per_gpu_second) };
}

/** Nano-euro per GPU-hour: for people; bills are made from the second. */
export const hourlyNano = (nanoPerGpuSecond: bigint): bigint => nanoPerGpuSecond * 3600n;
