export * from './account.js';
export * from './invoice.js';
export * from './number-series.js';
export * from './price-book.js';
export * from './transaction.js';
export * from './usage.js';
