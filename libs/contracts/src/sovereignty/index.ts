export * from './audit-log.js';
export * from './custody.js';
export * from './placement-vocabulary.js';
export * from './policy.js';
export * from './switch.js';
export * from './tenant.js';
