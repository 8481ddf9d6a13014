import { type Finding, lint, type MetricFamily, OpenMetricsSyntaxError, parseOpenMetrics } from '@alex/openmetrics';
import { type Command, CommandError, defineCommand, painter } from '@alex/service';
import { endpointUrl, scrape } from '../metrics/scrape.ts';
import { formatFamilies } from '../metrics/table.ts';

/** Rules whose violation breaks a reader; the others are conventions. */
const breaking: ReadonlySet<Finding['rule']> = new Set(['valid-name', 'reserved-label']);

export const command: Command = defineCommand({
  name: 'metrics',
  summary: 'Reads a metrics endpoint, checks it strictly and prints it as a table.',
  description:
    'Asks for OpenMetrics, parses the answer strictly and lints it. Exit code 1: nothing answers, the text is not valid, or a finding is an error (with --strict: any finding).',
  examples: [
    'alex-obs metrics',
    'alex-obs metrics http://127.0.0.1:9090/metrics',
    'alex-obs metrics 9100 --filter alex_cost --json',
  ],
  arguments: [{ name: 'url', description: 'URL, host:port or port. Default: 9090 of this machine.', optional: true }],
  options: {
    token: { type: 'string', secret: true, env: 'ALEX_METRICS_TOKEN', description: 'Bearer token of the endpoint.' },
    timeout: { type: 'duration', default: 5000, minimum: 1, description: 'How long to wait for the answer.' },
    filter: { type: 'string', valueName: 'text', description: 'Show only families whose name contains this.' },
    all: { type: 'boolean', description: 'Show all series of a family, not only 20.' },
    strict: { type: 'boolean', description: 'Conventions count as errors.' },
  },
  json: true,
  async run({ arguments: { url: given = '9090' }, options, json, io, signal, print, note }) {
    const url = endpointUrl(given);
    const { text, contentType } = await scrape(url, { ...options, signal });
    const families = parse(url, text, contentType);
    const findings = lint({ families }).map((finding) => ({
      severity: severityOf(finding, options.strict),
      ...finding,
    }));
    const errors = findings.filter(({ severity }) => severity === 'error').length;
    const shown = families.filter(({ name }) => name.includes(options.filter ?? ''));
    if (json) {
      print(JSON.stringify({ url, contentType, families: shown, findings }, jsonValue, 2));
      return errors > 0 ? 1 : 0;
    }
    const paint = painter(io.stdout, io.env);
    const maximumSeries = options.all ? Number.POSITIVE_INFINITY : 20;
    for (const line of formatFamilies(shown, { paint, maximumSeries })) print(line);
    const paintNote = painter(io.stderr, io.env);
    for (const { severity, family, rule, message } of findings) {
      note(`${paintNote(severity === 'error' ? 'red' : 'yellow', `${severity}:`)} ${family}: ${message} (${rule})`);
    }
    note(`${url}: valid OpenMetrics, ${families.length} families, ${findings.length} findings`);
    return errors > 0 ? 1 : 0;
  },
});

function parse(url: string, text: string, contentType: string): readonly MetricFamily[] {
  if (!contentType.startsWith('application/openmetrics-text')) {
    throw new CommandError(`${url} does not speak OpenMetrics: it answers ${contentType || 'without a content type'}`);
  }
  try {
    return parseOpenMetrics(text).families;
  } catch (error) {
    if (!(error instanceof OpenMetricsSyntaxError)) throw error;
    throw new CommandError(`${url} is not valid OpenMetrics: ${error.message}`, { cause: error });
  }
}

function severityOf({ rule }: Finding, strict: boolean): 'error' | 'warning' {
  return strict || breaking.has(rule) ? 'error' : 'warning';
}

/** JSON has no NaN and no infinities: they become the texts of the exposition format. */
function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value !== 'number' || Number.isFinite(value)) return value;
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}
