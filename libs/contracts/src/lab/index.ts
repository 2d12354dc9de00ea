export * from './budget.js';
export * from './event-series.js';
export * from './people.js';
export * from './programme.js';
export * from './project.js';
export * from './run.js';
