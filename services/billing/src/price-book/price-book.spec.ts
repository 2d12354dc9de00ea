import { given } from '@pioche/testing';
import { H100, prices } from '../../test/fixtures.js';
import { PRICE_LIST, priceBook, type PriceBookEvent } from './price-book.js';
import { publish } from './price-book.commands.js';
import { hourlyNano, priceAt } from './prices.js';

const published: PriceBookEvent[] = [{ type: 'PriceBookPublished', data: { ...prices[0]!, effective_from: '2026-11-01T00:00:00.000Z' } }];
const priceOf = (gpu_model: string, nano_per_gpu_second: string) => ({ gpu_model, nano_per_gpu_second });
const book = (history: PriceBookEvent[] = []) => given(priceBook, history, { id: PRICE_LIST, now: '2026-11-17T09:00:00.000Z' });

describe('publishing prices', () => {
  it('numbers the versions', () =>
    book(published)
      .when(publish, { effective_from: '2026-12-01T00:00:00Z', gpu_prices: [priceOf(H100, '790000')] })
      .thenMatching({ type: 'PriceBookPublished', data: { version: 2, effective_from: '2026-12-01T00:00:00.000Z', currency: 'EUR' } }));

  it('is refused when it changes a price that was in force', () =>
    book(published)
      .when(publish, { effective_from: '2026-11-10T00:00:00Z', gpu_prices: [priceOf(H100, '790000')] })
      .refuses('price-already-in-force', { gpu_model: H100, nano_per_gpu_second: '800000' }));

  it('may add a model in the past: it had no price', () =>
    book(published)
      .when(publish, { effective_from: '2026-11-10T00:00:00Z', gpu_prices: [priceOf(H100, '800000'), priceOf('B200', '1500000')] })
      .thenMatching({ type: 'PriceBookPublished' }));

  it('is refused when a model that is in the book is left out', () =>
    book(published)
      .when(publish, { effective_from: '2026-12-01T00:00:00Z', gpu_prices: [priceOf('B200', '1500000')] })
      .refuses('price-missing', { missing: [H100] }));

  it('is refused out of order, twice for one model, and in another book', () => {
    const next = { effective_from: '2026-12-01T00:00:00Z', gpu_prices: [priceOf(H100, '790000')] };
    book(published).when(publish, { ...next, effective_from: '2026-11-01T00:00:00Z' }).refuses('price-version-out-of-order', { version: 1 });
    book(published).when(publish, { ...next, gpu_prices: [...next.gpu_prices, ...next.gpu_prices] }).refuses('price-duplicate');
    given(priceBook).when(publish, next).refuses('price-book-elsewhere', { price_book: PRICE_LIST });
  });
});

describe('the price at a time', () => {
  it('is that of the version in force when it happened', () => {
    expect(priceAt(prices, H100, '2026-11-17T12:34:56.788Z')).toEqual({ version: 1, nanoPerGpuSecond: 800_000n });
    expect(priceAt(prices, H100, '2026-11-17T12:34:56.789Z')).toEqual({ version: 2, nanoPerGpuSecond: 833_361n });
  });

  it('is refused where there is none', () => {
    expect(() => priceAt(prices, H100, '2025-12-31T23:59:59.999Z')).toThrow('no-price-in-force');
    expect(() => priceAt(prices, 'A100', '2026-11-17T00:00:00.000Z')).toThrow('no-price-in-force');
  });

  it('is shown by the hour', () => expect(hourlyNano(800_000n)).toBe(2_880_000_000n));
});
