import { type OptionValues, type ServiceOptions, UsageError } from '@alex/service';
import type { AlecEngineOptions, Resolution } from './engine/options.ts';

/** Where rows come from. */
export const sourceOptions = {
  csv: { type: 'string', short: 'c', valueName: 'file', description: 'CSV file of sensor data to replay.' },
  speed: {
    type: 'number',
    short: 's',
    default: 1,
    minimum: 0,
    aboveMinimum: true,
    description: 'How many times faster than real the file is replayed.',
  },
  loopReplay: { type: 'boolean', short: 'l', default: true, description: 'Begin again after the last row.' },
  keepBaseline: { type: 'boolean', description: 'Keep the learned baseline when the replay begins again.' },
  ingest: { type: 'boolean', description: 'Take rows by POST /ingest; needs --token.' },
  prometheus: { type: 'string', valueName: 'url', description: 'Sample this Prometheus; needs --query.' },
  query: {
    type: 'list',
    valueName: 'name=promql',
    description: 'A channel and the query that gives its reading. Repeat it for each channel.',
  },
  interval: {
    type: 'duration',
    default: 15_000,
    minimum: 100,
    description: 'Time between two samples of --prometheus.',
  },
} as const;

/** What the engine does with them. */
export const computeOptions = {
  windowMs: {
    type: 'integer',
    default: 60_000,
    minimum: 1,
    description: 'Length of the window, milliseconds of data.',
  },
  windowSamples: { type: 'integer', default: 4096, minimum: 2, maximum: 4096, description: 'Most rows of the window.' },
  minSamples: { type: 'integer', default: 32, minimum: 2, maximum: 4096, description: 'Fewest rows for a signal.' },
  computeEvery: { type: 'integer', default: 1, minimum: 1, description: 'Compute the signal on every so many rows.' },
  estimator: {
    type: 'choice',
    values: ['gaussian', 'histogram'],
    default: 'gaussian',
    description: 'How entropy is estimated; histogram saturates at log2 of the rows.',
  },
  bins: { type: 'integer', default: 16, minimum: 2, maximum: 1024, description: 'Bins of each channel of histogram.' },
  epsilon: {
    type: 'number',
    default: 1e-8,
    minimum: 0,
    maximum: 1e-3,
    description: 'Regularisation of the determinant.',
  },
  epsilonMode: {
    type: 'choice',
    values: ['relative', 'absolute'],
    default: 'relative',
    description: 'Whether epsilon is added to correlations or to covariances.',
  },
  resolution: {
    type: 'list',
    valueName: 'name=value',
    description: 'Quantum of a channel, or of all: 0.1, auto, temp=0.5. Default 1; auto with --prometheus.',
  },
  zoneHealthy: { type: 'number', default: 0.5, minimum: 0, maximum: 1, description: 'From this R up it is healthy.' },
  zoneCritical: { type: 'number', default: 0.2, minimum: 0, maximum: 1, description: 'Below this R it is critical.' },
  payloadEncoding: {
    type: 'choice',
    values: ['centi32', 'f64be', 'saturating8'],
    default: 'centi32',
    description: 'How a row becomes the bytes whose entropy is measured.',
  },
  baselineMs: {
    type: 'integer',
    default: 300_000,
    minimum: 0,
    description: 'Least time to learn, milliseconds of data.',
  },
  baselineMinSnapshots: { type: 'integer', default: 20, minimum: 0, description: 'Fewest valid rows to learn from.' },
  baselineWindows: {
    type: 'number',
    default: 10,
    minimum: 0,
    description: 'Fewest windows, end to end, to learn from.',
  },
  baselineMode: {
    type: 'choice',
    values: ['frozen', 'ema', 'rolling'],
    default: 'frozen',
    description: 'Whether the baseline follows the data after its lock.',
  },
  baselineAlpha: {
    type: 'number',
    default: 0.1,
    minimum: 0,
    aboveMinimum: true,
    maximum: 1,
    description: 'Weight of a new row in mode ema.',
  },
  countBaselineEvents: { type: 'boolean', description: 'Count an event for every row while the baseline is learned.' },
} as const;

export type AlecOptions = ServiceOptions & OptionValues<typeof sourceOptions> & OptionValues<typeof computeOptions>;

/** The engine that the options describe. Throws UsageError where they contradict one another. */
export function engineOptions(given: AlecOptions): AlecEngineOptions {
  if (given.minSamples > given.windowSamples) {
    throw new UsageError('--min-samples cannot be more than --window-samples');
  }
  if (given.zoneCritical > given.zoneHealthy) {
    throw new UsageError('--zone-critical cannot be more than --zone-healthy');
  }
  return {
    windowMs: given.windowMs,
    windowSamples: given.windowSamples,
    minSamples: given.minSamples,
    computeEvery: given.computeEvery,
    estimator: given.estimator,
    bins: given.bins,
    epsilon: given.epsilon,
    epsilonMode: given.epsilonMode,
    resolution: resolutionOf(given.resolution, given.prometheus === undefined ? 1 : 'auto'),
    zones: { healthy: given.zoneHealthy, critical: given.zoneCritical },
    payloadEncoding: given.payloadEncoding,
    baseline: {
      buildMs: given.baselineMs,
      minSnapshots: given.baselineMinSnapshots,
      windows: given.baselineWindows,
      mode: given.baselineMode,
      alpha: given.baselineAlpha,
    },
    anomalies: { countBaselineEvents: given.countBaselineEvents },
  };
}

/** Channel to PromQL of `NAME=PROMQL` texts. Throws UsageError. */
export function queriesOf(texts: readonly string[]): Record<string, string> {
  const queries: Record<string, string> = {};
  for (const text of texts) {
    const at = text.indexOf('=');
    const name = text.slice(0, at).trim();
    const query = text.slice(at + 1).trim();
    if (at < 1 || name === '' || query === '') {
      throw new UsageError(`--query must be NAME=PROMQL, but is ${JSON.stringify(text)}`);
    }
    if (Object.hasOwn(queries, name)) throw new UsageError(`--query names the channel ${JSON.stringify(name)} twice`);
    queries[name] = query;
  }
  return queries;
}

/** Refuses sources that exclude one another or lack something. Throws UsageError. */
export function checkSources(given: AlecOptions): void {
  const sources = [given.csv && '--csv', given.prometheus && '--prometheus', given.ingest && '--ingest'].filter(
    Boolean,
  );
  if (sources.length > 1)
    throw new UsageError(`${sources.join(' and ')} exclude one another: rows come from one source`);
  if (given.ingest && given.token === undefined) {
    throw new UsageError('--ingest needs --token (or ALEC_TOKEN): whoever may write must show it');
  }
  if (given.prometheus !== undefined) {
    if (!/^https?:$/.test(URL.parse(given.prometheus)?.protocol ?? '')) {
      throw new UsageError(`--prometheus must be an http URL, but is ${JSON.stringify(given.prometheus)}`);
    }
    if (given.query.length === 0) throw new UsageError('--prometheus needs at least one --query NAME=PROMQL');
  } else if (given.query.length > 0) {
    throw new UsageError('--query needs --prometheus URL');
  }
}

function resolutionOf(texts: readonly string[], fallback: number | 'auto'): Resolution {
  const byChannel: Record<string, number | 'auto'> = { '*': fallback };
  for (const text of texts) {
    const at = text.lastIndexOf('=');
    const size = text.slice(at + 1).trim();
    const value = size === 'auto' ? size : Number(size);
    if (value !== 'auto' && !(value > 0 && Number.isFinite(value))) {
      throw new UsageError(`--resolution must be a number above 0, auto or NAME=VALUE, but is ${JSON.stringify(text)}`);
    }
    byChannel[at === -1 ? '*' : text.slice(0, at).trim()] = value;
  }
  return byChannel;
}
