import { randomUUID } from 'node:crypto';
import { StoreError } from '../errors.ts';
import { clockMs } from './metrics.ts';
import type { StoreParts } from './parts.ts';
import { entityState } from './queries.ts';
import type { Snapshot } from './snapshots.ts';

interface Subject {
  readonly tenantId: string;
  readonly entityId: string;
}

/** Creates a snapshot of an entity as it is now; resolves when it is durable. Throws StoreError `not_found`. */
export async function createSnapshot(parts: StoreParts, subject: Subject): Promise<Snapshot> {
  const startedAt = clockMs();
  const snapshot = snapshotOf(parts, subject, 'manual');
  await store(parts, snapshot, startedAt);
  return snapshot;
}

/** Creates the snapshot that an event calls for; it becomes durable with the next write, and is kept from then on. */
export function createDueSnapshot(parts: StoreParts, subject: Subject): void {
  const startedAt = clockMs();
  const snapshot = snapshotOf(parts, subject, 'automatic');
  parts.snapshots.expect(snapshot);
  store(parts, snapshot, startedAt).catch((error: unknown) => {
    parts.snapshots.giveUp(snapshot);
    if (StoreError.isInstance(error) && error.code === 'not_found') return;
    parts.reporter.warn(
      { error, entity_id: subject.entityId },
      'A snapshot was not written: the next event tries again',
    );
  });
}

function snapshotOf(parts: StoreParts, { tenantId, entityId }: Subject, kind: Snapshot['kind']): Snapshot {
  const found = entityState(parts, { tenantId, entityId });
  return {
    id: randomUUID(),
    tenant_id: tenantId,
    entity_id: entityId,
    kind,
    sequence: found.lastSequence,
    version: found.version,
    as_of: found.lastUpdated,
    created_at: parts.now(),
    state: JSON.stringify(found.state),
  };
}

async function store({ committer, metrics }: StoreParts, snapshot: Snapshot, startedAt: number): Promise<void> {
  await committer.change({ type: 'snapshot', snapshot });
  metrics.snapshotsCreated.add(1);
  metrics.snapshotDuration.observe((clockMs() - startedAt) / 1000);
}
