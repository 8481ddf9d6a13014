export { command } from './command.ts';
export { type ControlPlaneOptions, createControlPlane } from './control-plane/control-plane.ts';
export { StoreError, type StoreErrorCode } from './errors.ts';
export type { Appended, NewEvent } from './event.ts';
export { type CoreOptions, createCore } from './http/core.ts';
export { shopEvents } from './load/shop-events.ts';
export type { ErasedEvent, Projection } from './projections/projection.ts';
export { EventStore, type EventStoreOptions } from './store/event-store.ts';
export type { StoredEvent } from './stored-event.ts';
