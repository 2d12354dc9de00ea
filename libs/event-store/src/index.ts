export { AggregateStore, contextOf, metaOf, type Asked, type Executed } from './aggregate-store.js';
export { eventIdOf } from './lane.js';
export { eventStoreMigrations, eventStoreRights, ORDERING_KEY } from './schema.js';
export { Listening } from './listening.js';
export { LoggedEvent } from './logged-event.js';
export { EventStore } from './store.js';
export * from './types.js';
export { NewerEventError, Upcasters } from './upcasters.js';
