export * from './engine.js';
export type { Reason } from './reasons.js';
export type { EngineSnapshot } from './snapshot.js';
export * from './types.js';
export type { Obstacle, ReasonCode } from './obstacles.js';
export type { Why } from './outlook.js';
export type { Answer, JobOutlook, Moved, Question } from './what-if/question.js';
