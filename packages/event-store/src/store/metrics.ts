import type { Counter, CounterCell, GaugeCell, Histogram, HistogramCell, Registry } from '@alex/openmetrics';
import { coreCatalog as catalog } from '../catalog.ts';

/** Which index a query uses. */
export type QueryType = 'entity' | 'type' | 'full_scan';

/** A clock for durations: milliseconds, never going back. */
export const clockMs: () => number = performance.now.bind(performance);

/** The cells of a projection. */
export interface ProjectionCells {
  readonly processed: CounterCell;
  readonly errors: CounterCell;
  readonly duration: HistogramCell;
}

/** The cells of a pipeline. */
export interface PipelineCells {
  readonly processed: CounterCell;
  readonly filtered: CounterCell;
  readonly errors: CounterCell;
  readonly duration: HistogramCell;
}

/** The cells of a query type. */
export interface QueryCells {
  readonly started: CounterCell;
  readonly duration: HistogramCell;
  readonly results: CounterCell;
}

type Pipeline = readonly ['pipeline_id', 'pipeline_name'];

/** Every family of the core that the store itself moves, on one registry. Series known in advance exist with 0. */
export class StoreMetrics {
  readonly ingested: CounterCell;
  readonly ingestionDuration: HistogramCell;
  readonly ingestionErrors: CounterCell;
  readonly storageEvents: GaugeCell;
  readonly storageEntities: GaugeCell;
  readonly storageSize: GaugeCell;
  readonly parquetFiles: GaugeCell;
  readonly walSegments: GaugeCell;
  readonly projections: GaugeCell;
  readonly projectionDuration: HistogramCell;
  readonly pipelinesRegistered: GaugeCell;
  readonly pipelineDuration: HistogramCell;
  readonly schemasRegistered: CounterCell;
  readonly schemaValidationDuration: HistogramCell;
  readonly replaysStarted: CounterCell;
  readonly replaysCompleted: CounterCell;
  readonly replaysFailed: CounterCell;
  readonly replayEvents: CounterCell;
  readonly replayDuration: HistogramCell;
  readonly snapshotsCreated: CounterCell;
  readonly snapshotDuration: HistogramCell;
  readonly snapshots: GaugeCell;
  readonly compactions: CounterCell;
  readonly compactionDuration: HistogramCell;
  readonly filesMerged: CounterCell;
  readonly bytesSaved: CounterCell;
  readonly webSocketsActive: GaugeCell;
  readonly webSockets: CounterCell;
  readonly webSocketMessages: CounterCell;
  readonly webSocketErrors: CounterCell;
  readonly queries: Readonly<Record<QueryType, QueryCells>>;
  readonly #byType: Counter<readonly ['event_type']>;
  readonly #projectionProcessed: Counter<readonly ['projection_name']>;
  readonly #projectionErrors: Counter<readonly ['projection_name']>;
  readonly #projectionTimes: Histogram<readonly ['projection_name']>;
  readonly #pipelineProcessed: Counter<Pipeline>;
  readonly #pipelineFiltered: Counter<Pipeline>;
  readonly #pipelineErrors: Counter<readonly ['pipeline_name']>;
  readonly #pipelineTimes: Histogram<Pipeline>;
  readonly #pipelineNames = new Map<string, { pipelines: number; readonly errors: CounterCell }>();
  readonly #validations: Counter<readonly ['result', 'subject']>;
  readonly #typeCells = new Map<string, CounterCell>();

  constructor(registry: Registry) {
    this.ingested = registry.counter(catalog.eventsIngested).labels();
    this.ingestionDuration = registry.histogram(catalog.ingestionDuration).labels();
    this.ingestionErrors = registry.counter(catalog.ingestionErrors).labels();
    this.storageEvents = registry.gauge(catalog.storageEvents).labels();
    this.storageEntities = registry.gauge(catalog.storageEntities).labels();
    this.storageSize = registry.gauge(catalog.storageSize).labels();
    this.parquetFiles = registry.gauge(catalog.parquetFiles).labels();
    this.walSegments = registry.gauge(catalog.walSegments).labels();
    this.projections = registry.gauge(catalog.projections).labels();
    this.projectionDuration = registry.histogram(catalog.projectionDuration).labels();
    this.pipelinesRegistered = registry.gauge(catalog.pipelinesRegistered).labels();
    this.pipelineDuration = registry.histogram(catalog.pipelineDuration).labels();
    this.schemasRegistered = registry.counter(catalog.schemasRegistered).labels();
    this.schemaValidationDuration = registry.histogram(catalog.schemaValidationDuration).labels();
    this.replaysStarted = registry.counter(catalog.replaysStarted).labels();
    this.replaysCompleted = registry.counter(catalog.replaysCompleted).labels();
    this.replaysFailed = registry.counter(catalog.replaysFailed).labels();
    this.replayEvents = registry.counter(catalog.replayEventsProcessed).labels();
    this.replayDuration = registry.histogram(catalog.replayDuration).labels();
    this.snapshotsCreated = registry.counter(catalog.snapshotsCreated).labels();
    this.snapshotDuration = registry.histogram(catalog.snapshotCreationDuration).labels();
    this.snapshots = registry.gauge(catalog.snapshots).labels();
    this.compactions = registry.counter(catalog.compactions).labels();
    this.compactionDuration = registry.histogram(catalog.compactionDuration).labels();
    this.filesMerged = registry.counter(catalog.compactionFilesMerged).labels();
    this.bytesSaved = registry.counter(catalog.compactionBytesSaved).labels();
    this.webSocketsActive = registry.gauge(catalog.websocketConnectionsActive).labels();
    this.webSockets = registry.counter(catalog.websocketConnections).labels();
    this.webSocketMessages = registry.counter(catalog.websocketMessagesSent).labels();
    this.webSocketErrors = registry.counter(catalog.websocketErrors).labels();
    this.#byType = registry.counter(catalog.eventsIngestedByType);
    this.#projectionProcessed = registry.counter(catalog.projectionEventsProcessed);
    this.#projectionErrors = registry.counter(catalog.projectionErrors);
    this.#projectionTimes = registry.histogram(catalog.projectionProcessingDuration);
    this.#pipelineProcessed = registry.counter(catalog.pipelineEventsProcessed);
    this.#pipelineFiltered = registry.counter(catalog.pipelineEventsFiltered);
    this.#pipelineErrors = registry.counter(catalog.pipelineErrors);
    this.#pipelineTimes = registry.histogram(catalog.pipelineProcessingDuration);
    this.#validations = registry.counter(catalog.schemaValidations);
    const cells = (type: QueryType): QueryCells => ({
      started: registry.counter(catalog.queries).labels(type),
      duration: registry.histogram(catalog.queryDuration).labels(type),
      results: registry.counter(catalog.queryResults).labels(type),
    });
    this.queries = { entity: cells('entity'), type: cells('type'), full_scan: cells('full_scan') };
  }

  /** The counter of an event type; types beyond the limit share `other`. */
  ofType(eventType: string): CounterCell {
    let cell = this.#typeCells.get(eventType);
    if (cell === undefined) {
      cell = this.#byType.labels(eventType);
      if (this.#typeCells.size < mostTypeCells) this.#typeCells.set(eventType, cell);
    }
    return cell;
  }

  projection(name: string): ProjectionCells {
    return {
      processed: this.#projectionProcessed.labels(name),
      errors: this.#projectionErrors.labels(name),
      duration: this.#projectionTimes.labels(name),
    };
  }

  /** The cells of a pipeline until it is removed; names beyond the limit share `other`. */
  pipeline(id: string, name: string): PipelineCells {
    const named = this.#pipelineNames.get(name) ?? { pipelines: 0, errors: this.#pipelineErrors.labels(name) };
    named.pipelines++;
    this.#pipelineNames.set(name, named);
    return {
      processed: this.#pipelineProcessed.labels(id, name),
      filtered: this.#pipelineFiltered.labels(id, name),
      errors: named.errors,
      duration: this.#pipelineTimes.labels(id, name),
    };
  }

  /** Removes the series of a pipeline; those of its name alone only when no other pipeline uses them. */
  removePipeline(id: string, name: string): void {
    for (const family of [this.#pipelineProcessed, this.#pipelineFiltered, this.#pipelineTimes]) {
      if (!family.remove(id, name)) family.remove(id, 'other');
    }
    const named = this.#pipelineNames.get(name);
    if (named === undefined || --named.pipelines > 0) return;
    this.#pipelineNames.delete(name);
    for (const { errors } of this.#pipelineNames.values()) if (errors === named.errors) return;
    if (!this.#pipelineErrors.remove(name)) this.#pipelineErrors.remove('other');
  }

  /** Makes the series of a subject exist. */
  schemaSubject(subject: string): void {
    this.#validations.declareSeries(['failure', subject], ['success', subject]);
  }

  validated(subject: string, isValid: boolean, seconds: number): void {
    this.#validations.labels(isValid ? 'success' : 'failure', subject).add(1);
    this.schemaValidationDuration.observe(seconds);
  }
}

/** More than the limit of the label, so that the map holds every value that has a series of its own. */
const mostTypeCells = 1000;
