export { StoreError, type StoreErrorCode } from './errors.ts';
export type { Appended, NewEvent } from './event.ts';
export { EventStore, type EventStoreOptions } from './store/event-store.ts';
