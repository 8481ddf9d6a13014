import { negotiate, type Registry, renderOpenMetrics, renderPrometheusText } from '@alex/openmetrics';
import {
  type RunningService,
  runService,
  type Service,
  type ServiceEnvironment,
  type ServiceOptions,
} from '@alex/service';
import type { DsfbMonitor } from '../live/monitor.ts';
import { observeMonitor, runtimeCatalog } from '../live/monitor-metrics.ts';
import { renderFamilies } from '../render.ts';
import { version } from '../version.ts';
import { dsfbFormats } from '../wiring/handler.ts';
import { startTextfile } from '../wiring/textfile.ts';
import { addIngestRoute } from './ingest-route.ts';

/** The options of an exporter beside those that every service has. */
interface ExporterOptions extends ServiceOptions {
  readonly compat: boolean;
  readonly textfile: string | undefined;
  /** Milliseconds. */
  readonly textfileInterval: number;
}

export interface ExporterDefinition {
  readonly options: ExporterOptions;
  readonly monitor: DsfbMonitor;
  readonly registry: Registry;
  /** Whether `POST /ingest` exists. */
  readonly ingest: boolean;
  /** Starts what feeds the monitor; its promises end when `service.signal` aborts. */
  readonly start: (service: Service) => void | Promise<void>;
  /** `true`, or which source cannot be read. */
  readonly ready?: () => true | string;
}

const longestBody = 8_388_608;
const tickMs = 1000;

/** Runs the HTTP exporter over a monitor: `/metrics`, `/episodes`, `POST /ingest`, probes, and the textfile. */
export async function runExporter(
  definition: ExporterDefinition,
  environment: ServiceEnvironment,
): Promise<RunningService> {
  const { options, monitor, registry } = definition;
  observeMonitor(registry, monitor);
  registry.info(runtimeCatalog.buildInfo).set(version);
  let stopTextfile = (): Promise<void> => Promise.resolve();
  let ticking: NodeJS.Timeout | undefined;
  return await runService(
    {
      name: 'dsfb-exporter',
      version,
      options,
      registry,
      catalogue: runtimeCatalog,
      limits: { bodyBytes: longestBody },
      routes(router) {
        router.get('/metrics', (context) => {
          const { format, contentType } = negotiate(context.req.header('accept'), dsfbFormats);
          const own = renderFamilies(monitor.snapshot(), { format, compat: options.compat });
          const rest = format === 'openmetrics' ? renderOpenMetrics : renderPrometheusText;
          return context.body(own + rest(registry.collect()), 200, {
            'Content-Type': contentType,
            'Cache-Control': 'no-store',
            Vary: 'Accept',
          });
        });
        router.get('/episodes', (context) =>
          context.json({ open: monitor.open(), recent: monitor.recent.toReversed() }),
        );
        if (definition.ingest) addIngestRoute(router, monitor);
      },
      async start(service) {
        ticking = setInterval(() => monitor.tick(), tickMs);
        const { textfile } = options;
        if (textfile !== undefined) {
          stopTextfile = startTextfile({
            path: textfile,
            snapshot: () => monitor.snapshot(),
            intervalMs: options.textfileInterval,
            onError: (error) => service.logger.error({ error, path: textfile }, 'The textfile could not be written'),
          });
        }
        await definition.start(service);
      },
      ready: () => definition.ready?.() ?? true,
      async stop() {
        clearInterval(ticking);
        await stopTextfile();
      },
    },
    environment,
  );
}
