import { Registry, type Snapshot, translateName } from '@alex/openmetrics';
import type { Meter, MeterProvider, SpanContext } from '@opentelemetry/api';
import type { AgentMetrics, Failure } from '../api.ts';
import { catalog, type DropReason } from '../catalog.ts';
import type { Configuration } from '../config/configuration.ts';
import { messageOf } from '../errors.ts';
import type { ObsRecord, Prices, RecordListener } from '../record.ts';
import { declareAgentFamilies } from './agent-families.ts';
import { createSilentAgentMetrics, RecordingAgentMetrics, type Watch } from './agent-metrics.ts';
import { AgentRecorder } from './agent-recorder.ts';
import { type Exposition, type Routes, startExposition } from './exposition.ts';
import { loadedApi } from './loaded-api.ts';
import { RegistryMeter } from './meter.ts';
import { encodeOtlpMetrics, type OtelIdentity } from './otlp-metrics.ts';
import { MetricPush } from './push.ts';
import { RegisteredSelfMetrics, type SelfMetrics } from './self-metrics.ts';

export interface MetricsOptions {
  readonly config: Configuration['metrics'];
  readonly price: Prices;
  /** The active span, if it is sampled: exemplars point to it. Absent when tracing is off. */
  readonly spanContext?: (() => SpanContext | undefined) | undefined;
  /** Watches what `time` runs until it is over. */
  readonly watch: Watch;
  /** Says something to the user; called once per cause. */
  readonly warn: (message: string) => void;
  /** Of `@alex/obs`. */
  readonly version: string;
  /** Resource attributes of a push, for instance `service.name`. */
  readonly resource: Readonly<Record<string, string>>;
  /** The ALEX home, where the targets file is written; absent writes none. */
  readonly home?: string | undefined;
}

/** The metrics of one instance of the SDK. */
export interface Metrics {
  readonly api: AgentMetrics;
  readonly self: SelfMetrics;
  /** To be registered globally; its meter is `api.meter`. */
  readonly meterProvider: MeterProvider;
  /** Counts a record of the agent helpers. Total. */
  record(record: ObsRecord): void;
  /** Hands what `api` records to a listener, or to nobody. */
  setListener(listener: RecordListener | undefined): void;
  /** All series at this moment, observable instruments included. */
  collect(): Promise<Snapshot>;
  /** Opens the endpoint or begins to push. Never rejects: what fails is said by `warn`. */
  start(routes?: Routes): Promise<{ readonly url: string | undefined }>;
  flush(timeoutMs: number): Promise<readonly Failure[]>;
  /** Flushes and closes. `start` may be called again. */
  shutdown(timeoutMs: number): Promise<readonly Failure[]>;
}

const scopeName = '@alex/obs';

/** What the families of the catalogue are called in a push. */
function catalogIdentities(): Map<string, OtelIdentity> {
  const families = Object.values(catalog).map((declaration): [string, OtelIdentity] => {
    const unit = 'unit' in declaration ? declaration.unit : '';
    const { name } = translateName(declaration, 'UnderscoreEscapingWithSuffixes');
    return [name, { name: declaration.name, unit, upDown: declaration.type === 'updowncounter' }];
  });
  return new Map(families);
}

class RegistryMetrics implements Metrics {
  readonly api: RecordingAgentMetrics;
  readonly self: RegisteredSelfMetrics;
  readonly meterProvider: RegistryMeter;
  private readonly options: MetricsOptions;
  private readonly registry: Registry;
  private readonly recorder: AgentRecorder;
  private readonly identities: Map<string, OtelIdentity> = catalogIdentities();
  private exposition: Exposition | undefined;
  private push: MetricPush | undefined;
  private stopProcessMetrics: (() => void) | undefined;

  constructor(options: MetricsOptions) {
    this.options = options;
    const { config, price, spanContext, watch, warn, version } = options;
    this.registry = new Registry({
      maxSeriesPerFamily: config.limits.series,
      constantLabels: config.labels,
      onDrop: (reason) => this.self?.dropped('metrics', reason),
    });
    // Families are exposed in the order of their declaration: the agent's come first, ours last.
    const dropped = (reason: DropReason): void => this.self.dropped('metrics', reason);
    const families = declareAgentFamilies(this.registry, { config, price, dropped });
    this.self = new RegisteredSelfMetrics(this.registry, { version, warn });
    this.recorder = new AgentRecorder({ families, price, self: this.self, exemplars: spanContext !== undefined });
    this.meterProvider = new RegistryMeter({
      registry: this.registry,
      self: this.self,
      warn,
      spanContext,
      identities: this.identities,
    });
    const { recorder, meterProvider: meter } = this;
    this.api = new RecordingAgentMetrics({ families, recorder, self: this.self, meter, spanContext, watch });
    this.registry.onCollect(() => this.self.refresh(this.registry.families));
  }

  record(record: ObsRecord): void {
    if (!this.api.active) return;
    try {
      this.recorder.record(record);
    } catch {
      this.self.dropped('metrics', 'invalid_value');
    }
  }

  setListener(listener: RecordListener | undefined): void {
    this.api.setListener(listener);
  }

  async collect(): Promise<Snapshot> {
    await this.meterProvider.observe();
    return this.registry.collect();
  }

  async start(routes: Routes = {}): Promise<{ readonly url: string | undefined }> {
    this.api.active = true;
    const { config, warn } = this.options;
    try {
      const { processMetrics } = await import('@alex/openmetrics/process');
      this.stopProcessMetrics ??= processMetrics(this.registry);
      if (config.exporter === 'otlp') {
        this.push ??= this.createPush();
        this.push.start();
      } else this.exposition ??= await startExposition(this.expositionOptions(), routes);
    } catch (error) {
      warn(`Metrics are counted, but nobody can read them: ${messageOf(error)}`);
    }
    return { url: this.exposition?.url };
  }

  async flush(timeoutMs: number): Promise<readonly Failure[]> {
    return this.push === undefined ? [] : this.push.flush(timeoutMs);
  }

  async shutdown(timeoutMs: number): Promise<readonly Failure[]> {
    const { exposition, push } = this;
    this.exposition = undefined;
    this.push = undefined;
    const failures = [...((await push?.stop(timeoutMs)) ?? [])];
    this.api.active = false;
    this.stopProcessMetrics?.();
    this.stopProcessMetrics = undefined;
    try {
      await exposition?.close(timeoutMs);
    } catch (error) {
      failures.push({ part: 'server', message: messageOf(error) });
    }
    return failures;
  }

  private expositionOptions(): Parameters<typeof startExposition>[0] {
    const { config, warn, home, version } = this.options;
    return {
      config,
      warn,
      home,
      registry: this.registry,
      collect: () => this.collect(),
      scope: { name: scopeName, version },
      onScrape: (seconds) => this.self.scrapeSeconds(seconds),
    };
  }

  private createPush(): MetricPush {
    const { config, warn, resource, version } = this.options;
    return new MetricPush({
      url: config.otlp_endpoint,
      headers: config.otlp_headers,
      intervalMs: config.interval_ms,
      warn,
      collect: async () => {
        const snapshot = await this.collect();
        const scope = { name: scopeName, version };
        return encodeOtlpMetrics(snapshot, { identities: this.identities, resource, scope, timeMs: Date.now() });
      },
      done: (seconds, failure) => {
        this.self.exportSeconds(seconds);
        if (failure !== undefined) this.self.dropped('metrics', 'export_failed');
      },
    });
  }
}

const nothing = (): void => {};

const silentSelfMetrics: SelfMetrics = {
  dropped: nothing,
  spansExported: nothing,
  spansFailed: nothing,
  exportSeconds: nothing,
  scrapeSeconds: nothing,
  setQueue: nothing,
  configErrors: nothing,
};

function createSilentMetrics(): Metrics {
  const meter = (): Meter => loadedApi().createNoopMeter();
  return {
    api: createSilentAgentMetrics(meter),
    self: silentSelfMetrics,
    meterProvider: { getMeter: meter },
    record: nothing,
    setListener: nothing,
    collect: async () => ({ families: [] }),
    start: async () => ({ url: undefined }),
    flush: async () => [],
    shutdown: async () => [],
  };
}

/** Metrics by configuration; with `enabled: false` every call does nothing and nothing is ever opened. */
export function createMetrics(options: MetricsOptions): Metrics {
  return options.config.enabled ? new RegistryMetrics(options) : createSilentMetrics();
}
