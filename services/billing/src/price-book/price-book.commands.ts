import { PriceVersion } from '@pioche/contracts';
import { commandsOf, refuse, type Instant } from '@pioche/kernel';
import { PRICE_LIST, priceBook } from './price-book.js';

const { command } = commandsOf(priceBook);
type NewVersion = Pick<PriceVersion, 'effective_from' | 'gpu_prices'>;

/** A running allocation must find a price, so a model once priced stays in the book. */
function keepsEveryModel(last: PriceVersion, next: NewVersion): void {
  const models = new Set(next.gpu_prices.map(({ gpu_model }) => gpu_model));
  const missing = last.gpu_prices.map(({ gpu_model }) => gpu_model).filter((model) => !models.has(model));
  if (missing.length > 0) refuse('price-missing', { missing });
}

/** Effective in the past it may only add models: what was in force when it happened is never changed. */
function keepsThePast(last: PriceVersion, next: NewVersion, now: Instant): void {
  if (next.effective_from >= now) return;
  for (const { gpu_model, nano_per_gpu_second } of last.gpu_prices) {
    const changed = next.gpu_prices.find((price) => price.gpu_model === gpu_model && price.nano_per_gpu_second !== nano_per_gpu_second);
    if (changed) refuse('price-already-in-force', { gpu_model, nano_per_gpu_second, effective_from: next.effective_from, now });
  }
}

export const publish = command({
  name: 'publish',
  summary: 'Publish the next version of the price list: it rates what happens from effective_from on.',
  may: 'operate-billing',
  upserts: true,
  input: PriceVersion.pick({ effective_from: true, gpu_prices: true }),
  decide({ versions }, next, { now, id }) {
    if (id !== PRICE_LIST) refuse('price-book-elsewhere', { price_book: PRICE_LIST });
    if (new Set(next.gpu_prices.map(({ gpu_model }) => gpu_model)).size < next.gpu_prices.length) refuse('price-duplicate');
    const last = versions.at(-1);
    if (last) {
      if (next.effective_from <= last.effective_from) {
        refuse('price-version-out-of-order', { version: last.version, effective_from: last.effective_from });
      }
      keepsEveryModel(last, next);
      keepsThePast(last, next, now);
    }
    return [{ type: 'PriceBookPublished', data: { version: versions.length + 1, currency: 'EUR', ...next } }];
  },
});

export const priceBookCommands = [publish] as const;
