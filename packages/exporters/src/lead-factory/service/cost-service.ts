import type { Service, ServiceDefinition, ServiceOptions } from '@alex/service';
import { catalog } from '../catalog.ts';
import { CostLedger, type CostLedgerOptions } from '../cost-ledger.ts';
import { LedgerError } from '../errors.ts';
import { importGateFile } from '../import/gate-file.ts';
import { openCostStore } from '../store/open-cost-store.ts';
import { version } from '../version.ts';
import { CostMetrics } from './cost-metrics.ts';
import { notifier } from './notify.ts';
import { addRoutes } from './routes.ts';

/** How often the gate is evaluated when nobody asks. */
const evaluateMs = 60_000;

export interface CostServiceOptions extends ServiceOptions {
  /** Path or URL of the ledger. */
  readonly location: string;
  readonly settings: NonNullable<CostLedgerOptions['settings']>;
  readonly environment: string;
  readonly buildDate?: string | undefined;
  readonly gateFile?: string | undefined;
  readonly gateWebhook?: string | undefined;
  readonly gateCommand?: string | undefined;
  readonly authorizeOnError?: 'allow' | 'deny';
}

/** The exporter as a service, to be given to `runService`. */
export function costService(options: CostServiceOptions): ServiceDefinition {
  let ledger: CostLedger | undefined;
  let metrics: CostMetrics | undefined;
  const opened = (): CostLedger => {
    if (ledger === undefined) throw new LedgerError('store_unavailable', 'The cost ledger is not open yet');
    return ledger;
  };
  const refresh = async (): Promise<void> => {
    try {
      metrics?.show(await opened().check());
    } catch (error) {
      metrics?.storeUp(false);
      if (!LedgerError.isInstance(error)) throw error;
    }
  };
  return {
    name: 'lead-factory-metrics',
    version,
    options,
    catalogue: catalog,
    httpMetrics: { requests: catalog.httpRequests, duration: catalog.httpRequestDuration },
    metrics: { refresh },
    healthBody: { status: 'healthy' },
    routes(router, service) {
      metrics = new CostMetrics(service.registry);
      metrics.build(version, options.buildDate ?? new Date(service.clock.now()).toISOString(), options.environment);
      addRoutes(router, { ledger: opened, metrics: () => metrics! });
    },
    async start(service) {
      ledger = await openLedger(options, service, (error) => metrics?.storeError(error));
      await refresh();
      evaluateRegularly(service, refresh);
    },
    async ready() {
      try {
        await opened().check();
        return true;
      } catch (error) {
        return (error as Error).message;
      }
    },
    stop: () => ledger?.close(),
  };
}

async function openLedger(
  options: CostServiceOptions,
  { logger, signal, clock }: Service,
  onStoreError: (error: unknown) => void,
): Promise<CostLedger> {
  const store = await openCostStore(options.location);
  if (options.gateFile !== undefined) {
    const found = await importGateFile(store, options.gateFile);
    logger.info({ file: options.gateFile, found }, 'State of the scaling gate taken over');
  }
  let lastCode = '';
  const ledger = new CostLedger({
    store,
    settings: options.settings,
    now: () => clock.now(),
    log: {
      info: (message) => logger.info(message),
      warn: (message) => logger.warn(message),
      error: (message) => logger.error(message),
    },
    onGateChange: notifier({ webhook: options.gateWebhook, command: options.gateCommand, logger, signal }),
    onStoreError(error) {
      onStoreError(error);
      const { code } = error as LedgerError;
      if (code !== lastCode) logger.error({ error }, 'The cost ledger does not work');
      lastCode = code;
    },
    authorizeOnError: options.authorizeOnError ?? 'allow',
  });
  await ledger.saveSettings();
  logger.info({ settings: ledger.settings }, 'Budgets in force');
  if (!ledger.settings.gateEnabled)
    logger.warn('The scaling gate is switched off: SCALING_GATE_ENABLED=true turns it on');
  return ledger;
}

/** A scrape must not be the only thing that works the gate. */
function evaluateRegularly({ clock, signal, logger }: Service, evaluate: () => Promise<void>): void {
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      await clock.sleep(evaluateMs, signal);
      await evaluate().catch((error: unknown) => logger.error({ error }, 'The gate could not be evaluated'));
    }
  };
  loop().catch(() => undefined);
}
