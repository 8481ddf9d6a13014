import { StoreError } from '../errors.ts';
import { clockMs, type ProjectionCells, type StoreMetrics } from '../store/metrics.ts';
import type { StoredEvent } from '../stored-event.ts';
import type { ErasedEvent, Projection } from './projection.ts';

interface Registered {
  projection: Projection;
  readonly cells: ProjectionCells;
}

/** Feeds every event to every projection; one that throws is counted and the others still run. */
export class ProjectionManager {
  readonly #metrics: StoreMetrics;
  readonly #projections = new Map<string, Registered>();
  readonly #inOrder: Registered[] = [];
  readonly #rebuilt = new Set<Projection>();
  readonly #onError: (error: unknown, name: string) => void;

  constructor(metrics: StoreMetrics, onError: (error: unknown, name: string) => void) {
    this.#metrics = metrics;
    this.#onError = onError;
  }

  /** Throws StoreError `conflict` when the name is taken. */
  register(projection: Projection): void {
    const { name } = projection;
    if (this.#projections.has(name)) throw new StoreError('conflict', `projection ${name} is registered already`);
    const registered = { projection, cells: this.#metrics.projection(name) };
    this.#projections.set(name, registered);
    this.#inOrder.push(registered);
    this.#metrics.projections.set(this.#projections.size);
  }

  /** `startedAt` is the time of the clock; returns what it is afterwards. */
  process(event: StoredEvent, startedAt: number): number {
    let before = startedAt;
    for (const { projection, cells } of this.#inOrder) {
      try {
        projection.apply(event);
        cells.processed.add(1);
      } catch (error) {
        cells.errors.add(1);
        this.#onError(error, projection.name);
      }
      const now = clockMs();
      cells.duration.observe((now - before) / 1000);
      before = now;
    }
    this.#metrics.projectionDuration.observe((before - startedAt) / 1000);
    return before;
  }

  /** Feeds an event of the past, at the start: it was counted when it came. */
  rebuild(event: StoredEvent): void {
    for (const { projection } of this.#inOrder) {
      try {
        projection.apply(event);
      } catch {
        // It was reported when the event came.
      }
    }
  }

  /** Lets every projection, also those of running replays, forget an entity. */
  erase(tenantId: string, entityId: string, events: readonly ErasedEvent[]): void {
    const all = [...this.#inOrder.map(({ projection }) => projection), ...this.#rebuilt];
    for (const projection of all) {
      try {
        projection.erase?.(tenantId, entityId, events);
      } catch (error) {
        this.#onError(error, projection.name);
      }
    }
  }

  /** Runs a replay that fills fresh projections, which erasures reach meanwhile. */
  async rebuilding(fresh: readonly Projection[], replay: () => Promise<void>): Promise<void> {
    for (const projection of fresh) this.#rebuilt.add(projection);
    try {
      await replay();
    } finally {
      for (const projection of fresh) this.#rebuilt.delete(projection);
    }
  }

  get names(): readonly string[] {
    return [...this.#projections.keys()];
  }

  /** Throws StoreError `not_found`. */
  get(name: string): Projection {
    const registered = this.#projections.get(name);
    if (registered === undefined) throw new StoreError('not_found', `there is no projection ${JSON.stringify(name)}`);
    return registered.projection;
  }

  /** Puts a rebuilt projection in the place of the one of its name. */
  swap(projection: Projection): void {
    this.#projections.get(projection.name)!.projection = projection;
  }
}
