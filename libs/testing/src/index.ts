export * from './eventually.js';
export * from './given.js';
export * from './servers.js';
