import { StoreError } from '../errors.ts';
import { clockMs, type PipelineCells, type StoreMetrics } from '../store/metrics.ts';
import type { StoredEvent } from '../stored-event.ts';
import type { PipelineConfiguration } from './configuration.ts';
import { type EntityReader, type Step, stepOf } from './operators.ts';

/** Numbers of a pipeline since it was registered or reset. */
export interface PipelineStatistics {
  readonly pipeline_id: string;
  readonly pipeline_name: string;
  /** Filtered ones included. */
  readonly events_processed: number;
  readonly events_filtered: number;
  readonly errors: number;
  readonly last_error: string | null;
  /** The last results, newest first, of a pipeline whose output is `recent`. */
  readonly recent_results: readonly unknown[];
}

interface Registered {
  readonly configuration: PipelineConfiguration;
  readonly sources: ReadonlySet<string>;
  readonly cells: PipelineCells;
  steps: readonly Step[];
  processed: number;
  filtered: number;
  errors: number;
  lastError: string | null;
  recent: unknown[];
}

const mostRecent = 10;

/** Runs every event through the pipelines that take its type. */
export class PipelineManager {
  readonly #metrics: StoreMetrics;
  readonly #readEntity: EntityReader;
  readonly #pipelines = new Map<string, Registered>();
  readonly #onError: (error: unknown, name: string) => void;

  constructor(metrics: StoreMetrics, readEntity: EntityReader, onError: (error: unknown, name: string) => void) {
    this.#metrics = metrics;
    this.#readEntity = readEntity;
    this.#onError = onError;
  }

  /** Adds a pipeline, or replaces the one of its id. */
  put(configuration: PipelineConfiguration): void {
    const { id, name, source_event_types } = configuration;
    this.delete(id);
    this.#pipelines.set(id, {
      configuration,
      sources: new Set(source_event_types),
      cells: this.#metrics.pipeline(id, name),
      ...this.#beginning(configuration),
    });
    this.#metrics.pipelinesRegistered.set(this.#pipelines.size);
  }

  /** Removes a pipeline and its series; returns whether it was there. */
  delete(id: string): boolean {
    const known = this.#pipelines.get(id);
    if (known === undefined) return false;
    this.#pipelines.delete(id);
    this.#metrics.removePipeline(id, known.configuration.name);
    this.#metrics.pipelinesRegistered.set(this.#pipelines.size);
    return true;
  }

  /** `startedAt` is the time of the clock. */
  process(event: StoredEvent, startedAt: number): void {
    for (const pipeline of this.#pipelines.values()) {
      const { configuration, sources } = pipeline;
      if (!configuration.enabled || (sources.size > 0 && !sources.has(event.eventType))) continue;
      const before = clockMs();
      this.#run(pipeline, event);
      pipeline.cells.duration.observe((clockMs() - before) / 1000);
    }
    this.#metrics.pipelineDuration.observe((clockMs() - startedAt) / 1000);
  }

  has(id: string): boolean {
    return this.#pipelines.has(id);
  }

  get configurations(): readonly PipelineConfiguration[] {
    return [...this.#pipelines.values()].map(({ configuration }) => configuration);
  }

  /** Throws StoreError `not_found`. */
  get(id: string): PipelineConfiguration {
    return this.#get(id).configuration;
  }

  /** Throws StoreError `not_found`. */
  statistics(id: string): PipelineStatistics {
    const { configuration, processed, filtered, errors, lastError, recent } = this.#get(id);
    return {
      pipeline_id: configuration.id,
      pipeline_name: configuration.name,
      events_processed: processed,
      events_filtered: filtered,
      errors,
      last_error: lastError,
      recent_results: recent,
    };
  }

  /** Sets statistics and aggregates back to their beginning; the metrics go on. Throws StoreError `not_found`. */
  reset(id: string): void {
    const pipeline = this.#get(id);
    Object.assign(pipeline, this.#beginning(pipeline.configuration));
  }

  #beginning(configuration: PipelineConfiguration) {
    const steps = configuration.operators.map((operator) => stepOf(operator, this.#readEntity));
    return { steps, processed: 0, filtered: 0, errors: 0, lastError: null, recent: [] };
  }

  #run(pipeline: Registered, event: StoredEvent): void {
    try {
      let { payload } = event;
      let isDropped = false;
      for (const step of pipeline.steps) {
        payload = step(payload, event);
        isDropped = payload === undefined;
        if (isDropped) break;
      }
      pipeline.processed++;
      pipeline.cells.processed.add(1);
      if (isDropped) {
        pipeline.filtered++;
        pipeline.cells.filtered.add(1);
      } else if (pipeline.configuration.output === 'recent') {
        pipeline.recent = [payload, ...pipeline.recent.slice(0, mostRecent - 1)];
      }
    } catch (error) {
      pipeline.errors++;
      pipeline.lastError = (error as Error).message;
      pipeline.cells.errors.add(1);
      this.#onError(error, pipeline.configuration.name);
    }
  }

  #get(id: string): Registered {
    const pipeline = this.#pipelines.get(id.toLowerCase());
    if (pipeline === undefined) throw new StoreError('not_found', `there is no pipeline ${JSON.stringify(id)}`);
    return pipeline;
  }
}
