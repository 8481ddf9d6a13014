import type { Registry } from '../registry.ts';
import { eventLoopMetrics } from './event-loop.ts';
import { garbageCollectionMetrics } from './garbage-collection.ts';
import { memoryMetrics } from './memory.ts';
import { operatingSystemMetrics } from './operating-system.ts';

const running = new WeakMap<Registry, { users: number; readonly end: () => void }>();

/**
 * Adds the metrics of this process and its event loop (`processCatalog`) to a registry; a second call for the same
 * registry adds nothing. They are read when the registry is collected (about 0.1 ms) and keep no process alive.
 * Returns a function that takes them away when every caller has called it. Throws when other families have their names.
 */
export function processMetrics(registry: Registry): () => void {
  const state = running.get(registry) ?? start(registry);
  state.users++;
  let stopped = false;
  return () => {
    if (stopped) return;
    stopped = true;
    if (--state.users > 0) return;
    running.delete(registry);
    state.end();
  };
}

function start(registry: Registry): { users: number; readonly end: () => void } {
  const parts = [operatingSystemMetrics, memoryMetrics, eventLoopMetrics, garbageCollectionMetrics].map((part) =>
    part(registry),
  );
  const removeCollector = registry.onCollect(() => {
    for (const part of parts) part.collect();
  });
  const state = {
    users: 0,
    end: () => {
      removeCollector();
      for (const part of parts) part.stop();
    },
  };
  running.set(registry, state);
  return state;
}
