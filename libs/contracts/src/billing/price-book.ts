import { Instant, NanoEuro } from '@pioche/kernel';
import { z } from 'zod';
import { events } from '../define.js';

export const GpuPrice = z.object({
  gpu_model: z.string().min(1),
  nano_per_gpu_second: NanoEuro.meta({ description: 'Nano-euro for one whole GPU during one second.' }),
});
export type GpuPrice = z.infer<typeof GpuPrice>;

/** One version of a price book; a later one takes its place from its own `effective_from` on. */
export const PriceVersion = z.object({
  version: z.int().positive(),
  effective_from: Instant,
  currency: z.literal('EUR'),
  gpu_prices: z.array(GpuPrice).min(1),
});
export type PriceVersion = z.infer<typeof PriceVersion>;

export const priceBookEvents = events('billing', {
  PriceBookPublished: {
    version: 1,
    meaning: 'From effective_from on, GPU time is rated at these prices; what happened before keeps its price.',
    data: PriceVersion,
    example: {
      version: 1,
      effective_from: '2026-09-01T00:00:00.000Z',
      currency: 'EUR',
      gpu_prices: [{ gpu_model: 'NVIDIA H100 80GB HBM3', nano_per_gpu_second: '800000' }],
    },
  },
});
