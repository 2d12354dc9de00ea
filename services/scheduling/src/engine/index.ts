export * from './engine.js';
export type { Reason } from './reasons.js';
export type { EngineSnapshot } from './snapshot.js';
export * from './types.js';
export type { Obstacle } from './obstacles.js';
