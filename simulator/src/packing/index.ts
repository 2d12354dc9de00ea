export * from './arrivals.js';
export { policyOf } from './mode.js';
export * from './nodes.js';
export * from './pods.js';
export * from './replay.js';
