import { Controller } from '@nestjs/common';
import { GpuPrice, PriceVersion } from '@pioche/contracts';
import { AggregateStore } from '@pioche/event-store';
import { NanoEuro } from '@pioche/kernel';
import { asOfQuery, Query, type Asked } from '@pioche/service-kit';
import { z } from 'zod';
import { PRICE_LIST, priceBook } from '../price-book/price-book.js';
import { hourlyNano } from '../price-book/prices.js';

const Shown = PriceVersion.extend({
  gpu_prices: z.array(GpuPrice.extend({ nano_per_gpu_hour: NanoEuro.meta({ description: 'For people: bills are made from the second.' }) })),
});
const AsOf = z.object(asOfQuery);
const Answer = z.object({
  price_list: z.string().meta({ description: 'Id of the one book that usage is rated by: publish to it.' }),
  items: z.array(z.object({ price_book: z.string(), versions: z.array(Shown) })),
});

@Controller()
export class PriceBooksController {
  constructor(private readonly aggregates: AggregateStore) {}

  @Query({ path: '/price-books', summary: 'The price list, in its versions.', may: 'read-billing', query: AsOf, returns: Answer, from: [] })
  async list({ query: { as_of } }: Asked<undefined, typeof AsOf>) {
    const { versions } = (await this.aggregates.load(priceBook, PRICE_LIST, { asOf: as_of })).state;
    const shown = versions.map(({ gpu_prices, ...version }) => ({
      ...version,
      gpu_prices: gpu_prices.map((price) => ({ ...price, nano_per_gpu_hour: hourlyNano(BigInt(price.nano_per_gpu_second)).toString() })),
    }));
    return { price_list: PRICE_LIST, items: shown.length === 0 ? [] : [{ price_book: PRICE_LIST, versions: shown }] };
  }
}
