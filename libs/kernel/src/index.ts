export * from './clock.js';
export * from './decider.js';
export * from './ids.js';
export * from './instant.js';
export * from './money.js';
export * from './refusal.js';
