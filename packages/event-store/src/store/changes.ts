import { StoreError } from '../errors.ts';
import type { LoggedChange } from '../log/codec.ts';
import type { PipelineConfiguration } from '../pipelines/configuration.ts';
import type { SchemaSubject } from '../schemas/schema-registry.ts';
import type { Erasure } from '../segments/build-segment.ts';
import type { StoreParts } from './parts.ts';
import type { Snapshot } from './snapshots.ts';

/** A record of the log that is no event. Each is absolute: to apply it twice is to apply it once. */
export type Change =
  | { readonly type: 'schema'; readonly subject: SchemaSubject }
  | { readonly type: 'pipeline'; readonly pipeline: PipelineConfiguration }
  | { readonly type: 'pipeline_removed'; readonly id: string }
  | { readonly type: 'snapshot'; readonly snapshot: Snapshot }
  | { readonly type: 'erasure'; readonly tenantId: string; readonly entityId: string };

/** Why a change that comes too late is not to be written: the entity of a snapshot was erased meanwhile. */
export function refusalOf(parts: StoreParts, change: Change): StoreError | undefined {
  if (change.type !== 'snapshot' || isHeld(parts, change.snapshot.sequence)) return undefined;
  return noEntity(change.snapshot.entity_id);
}

function isHeld({ index: { columns } }: StoreParts, sequence: number): boolean {
  const position = columns.fromSequence(sequence);
  return position < columns.length && columns.sequence(position) === sequence && columns.entity(position) !== 0;
}

export function noEntity(entityId: string): StoreError {
  return new StoreError('not_found', `there is no entity ${JSON.stringify(entityId)}`);
}

/** Applies a change that is durable; `sequence` is the last one before it. */
export function applyChange(parts: StoreParts, change: Change, sequence: number): void {
  switch (change.type) {
    case 'schema':
      parts.schemas.put(change.subject);
      return;
    case 'pipeline':
      parts.pipelines.put(change.pipeline);
      return;
    case 'pipeline_removed':
      parts.pipelines.delete(change.id);
      return;
    case 'snapshot':
      addSnapshot(parts, change.snapshot);
      return;
    case 'erasure':
      erase(parts, { tenantId: change.tenantId, entityId: change.entityId, upTo: sequence });
      return;
  }
}

/** Changes that lead to what all changes have led to; erasures first, as they take snapshots away. */
export function changesOf({ schemas, pipelines, snapshots, erasures }: StoreParts): readonly LoggedChange[] {
  const changes: readonly Change[] = [
    ...schemas.subjects.map((subject) => ({ type: 'schema', subject }) as const),
    ...pipelines.configurations.map((pipeline) => ({ type: 'pipeline', pipeline }) as const),
    ...snapshots.all().map((snapshot) => ({ type: 'snapshot', snapshot }) as const),
  ];
  return [
    ...erasures.map(({ upTo, ...entity }) => ({ sequence: upTo, change: { type: 'erasure', ...entity } })),
    ...changes.map((change) => ({ sequence: 0, change })),
  ];
}

/** Whether an erasure that is known took an event of an entity. */
export function isErased({ erasures }: StoreParts, event: ErasableEvent): boolean {
  const { tenantId, entityId, sequence } = event;
  return erasures.some((one) => one.entityId === entityId && one.tenantId === tenantId && sequence <= one.upTo);
}

interface ErasableEvent {
  readonly tenantId: string;
  readonly entityId: string;
  readonly sequence: number;
}

/** Keeps a snapshot that no erasure took: one can stand behind its erasure in the log. */
function addSnapshot(parts: StoreParts, snapshot: Snapshot): void {
  const { tenant_id: tenantId, entity_id: entityId, sequence } = snapshot;
  if (!isErased(parts, { tenantId, entityId, sequence })) parts.snapshots.add(snapshot);
}

/** Forgets the snapshots of entities whose events went by age, all of them: such an entity begins anew. */
export function forgetStaleSnapshots(parts: StoreParts): void {
  const { index, snapshots } = parts;
  for (const { tenant_id: tenantId, entity_id: entityId, sequence } of snapshots.all()) {
    const entity = index.entity(tenantId, entityId);
    // Where the first events went alone, a snapshot may rest on them.
    const isWhole = entity === undefined || entity.version === entity.events;
    if (isWhole && !isHeld(parts, sequence)) snapshots.erase(tenantId, entityId, sequence);
  }
}

function erase(parts: StoreParts, erasure: Erasure): void {
  const { index, payloads, projections, snapshots } = parts;
  const { tenantId, entityId, upTo } = erasure;
  const isOther = (one: Erasure): boolean => one.tenantId !== tenantId || one.entityId !== entityId || one.upTo > upTo;
  parts.erasures = [...parts.erasures.filter(isOther), erasure];
  const entity = index.entity(tenantId, entityId);
  const all = entity === undefined ? [] : index.positionsOf(entity);
  const positions = all.filter((position) => index.columns.sequence(position) <= upTo);
  const eventOf = (position: number) => ({
    sequence: index.columns.sequence(position),
    eventType: index.typeAt(index.columns.row(position).type).name,
  });
  projections.erase(tenantId, entityId, positions.map(eventOf));
  for (const position of positions) {
    payloads.forget(position);
    parts.erasedFiles.add(index.columns.file(position));
  }
  index.erase(positions);
  snapshots.erase(tenantId, entityId, upTo);
}
