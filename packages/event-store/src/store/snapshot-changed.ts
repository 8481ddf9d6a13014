import { StoreError } from '../errors.ts';
import type { EventStore } from './event-store.ts';

/** Snapshots that are made durable together. */
const atOnce = 100;

/** Creates one snapshot of each entity that has events since its last one, and gives their number. Rejects with StoreError. */
export async function snapshotChanged(store: EventStore, tenantId: string): Promise<number> {
  const changed = changedEntities(store, tenantId);
  let created = 0;
  for (let at = 0; at < changed.length; at += atOnce) {
    const ids = changed.slice(at, at + atOnce);
    const results = await Promise.allSettled(ids.map((id) => store.snapshot(id, tenantId)));
    for (const [index, result] of results.entries()) {
      if (
        result.status === 'fulfilled' ||
        (await tryAgain(store, { tenantId, entityId: ids[index]! }, result.reason))
      ) {
        created++;
      }
    }
  }
  return created;
}

function changedEntities({ parts }: EventStore, tenantId: string): string[] {
  const { index, snapshots } = parts;
  const changed: string[] = [];
  for (const { id, version, events } of index.tenants.get(tenantId)?.entities.values() ?? []) {
    if (events > 0 && snapshots.latest(tenantId, id)?.version !== version) changed.push(id);
  }
  return changed;
}

/** States that are too large to wait together are stored alone; an entity that was erased meanwhile needs no snapshot. */
async function tryAgain(
  store: EventStore,
  { tenantId, entityId }: { readonly tenantId: string; readonly entityId: string },
  error: unknown,
): Promise<boolean> {
  if (!StoreError.isInstance(error)) throw error;
  if (error.code === 'not_found') return false;
  if (error.code !== 'unavailable') throw error;
  await store.snapshot(entityId, tenantId);
  return true;
}
