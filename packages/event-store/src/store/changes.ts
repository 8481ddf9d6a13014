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

/** All that changes have led to, as it is written when the log before it goes. */
export interface StoreState {
  readonly schemas: readonly SchemaSubject[];
  readonly pipelines: readonly PipelineConfiguration[];
  readonly snapshots: readonly Snapshot[];
  readonly erasures: readonly Erasure[];
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
      parts.snapshots.add(change.snapshot);
      return;
    case 'erasure':
      erase(parts, { tenantId: change.tenantId, entityId: change.entityId, upTo: sequence });
      return;
  }
}

export function stateOf({ schemas, pipelines, snapshots, erasures }: StoreParts): StoreState {
  return {
    schemas: schemas.subjects,
    pipelines: pipelines.configurations,
    snapshots: snapshots.all(),
    erasures,
  };
}

export function applyState(parts: StoreParts, state: StoreState): void {
  for (const subject of state.schemas) parts.schemas.put(subject);
  for (const pipeline of state.pipelines) parts.pipelines.put(pipeline);
  for (const snapshot of state.snapshots) parts.snapshots.add(snapshot);
  parts.erasures = [...state.erasures];
}

function erase(parts: StoreParts, erasure: Erasure): void {
  const { index, payloads, projections, snapshots } = parts;
  const { tenantId, entityId, upTo } = erasure;
  const isOther = (one: Erasure): boolean => one.tenantId !== tenantId || one.entityId !== entityId || one.upTo > upTo;
  parts.erasures = [...parts.erasures.filter(isOther), erasure];
  const entity = index.entity(tenantId, entityId);
  const all = entity === undefined ? [] : index.positionsOf(entity);
  const positions = all.filter((position) => index.columns.sequence(position) <= upTo);
  for (const position of positions) payloads.forget(position);
  index.erase(positions);
  projections.erase(tenantId, entityId);
  snapshots.erase(tenantId, entityId);
}
