export * from './fence.js';
export * from './job.js';
export * from './placement.js';
export * from './queue.js';
export * from './quota.js';
export * from './site-plan.js';
