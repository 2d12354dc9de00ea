import { derivedId, unreachable, type Decider } from '@pioche/kernel';
import type { FactOf, PriceVersion, priceBookEvents } from '@pioche/contracts';

/** The one book that usage is rated by. */
export const PRICE_LIST = derivedId('price_book', 'list');

export type PriceBookEvent = FactOf<typeof priceBookEvents>;

/** Its versions, in order of number and of effective_from. */
export interface PriceBook {
  readonly versions: readonly PriceVersion[];
}

export const priceBook: Decider<PriceBook, PriceBookEvent> = {
  name: 'price-book',
  initial: { versions: [] },
  evolve(book, event) {
    switch (event.type) {
      case 'PriceBookPublished':
        return { versions: [...book.versions, event.data] };
      default:
        return unreachable(event.type);
    }
  },
};
