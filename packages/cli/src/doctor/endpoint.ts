import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { alexHome } from '@alex/obs';
import { lint, type MetricFamily, parseOpenMetrics, parsePrometheusText } from '@alex/openmetrics';
import { ask, type Check, type Examination, type Finding } from './finding.ts';

const accept = 'application/openmetrics-text;version=1.0.0';

/** The endpoints of agents on this machine: reachable, well-formed, theirs, and what they say about themselves. */
export const checkEndpoints: Check = async (examination) => {
  const { metrics } = examination.configuration.values;
  if (!metrics.enabled)
    return [
      {
        check: 'endpoint',
        state: 'warning',
        message: 'metrics.enabled is false: no agent measures anything',
        seen: 'the configuration',
        mend: 'set metrics.enabled: true',
      },
    ];
  if (metrics.exporter === 'otlp')
    return [
      {
        check: 'endpoint',
        state: 'ok',
        message: `agents push to ${metrics.otlp_endpoint}; there is no endpoint to look at`,
      },
    ];
  const usual = `127.0.0.1:${metrics.prometheus_port}`;
  const found = targets(examination.env);
  const findings = await Promise.all(
    [...new Set([...(metrics.prometheus_port === 0 ? [] : [usual]), ...found])].map((address) =>
      examine(address, found.includes(address), examination),
    ),
  );
  const all = findings.flat();
  return all.length > 0
    ? all
    : [
        {
          check: 'endpoint',
          state: 'warning',
          message: `no agent is running: nothing listens on ${usual}, and no targets file names another`,
          seen: 'a request',
          mend: 'start one, for instance alex-obs demo',
        },
      ];
};

/** `host:port` of every live agent that wrote a targets file. */
function targets(env: Examination['env']): string[] {
  const folder = join(alexHome({ env }), 'targets');
  try {
    return readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .flatMap((file) =>
        (JSON.parse(readFileSync(join(folder, file), 'utf8')) as { targets: string[] }[]).flatMap(
          (group) => group.targets,
        ),
      );
  } catch {
    return [];
  }
}

async function examine(
  address: string,
  listed: boolean,
  { signal, configuration }: Examination,
): Promise<readonly Finding[]> {
  const url = `http://${address.replace('0.0.0.0', '127.0.0.1')}/metrics`;
  const { token } = configuration.values.metrics;
  const answer = await ask(url, signal, { accept, ...(token && { authorization: `Bearer ${token}` }) });
  if (typeof answer === 'string') {
    return listed
      ? [
          {
            check: 'endpoint',
            state: 'error',
            message: `${url}: ${answer}`,
            seen: 'a targets file names it',
            mend: 'the agent hangs or was killed: restart it, or delete its file in ~/.alex/targets',
          },
        ]
      : [];
  }
  if (answer.status === 401 || answer.status === 403)
    return [
      {
        check: 'endpoint',
        state: 'error',
        message: `${url} wants another token (${answer.status})`,
        seen: 'a request with metrics.token',
        mend: 'give this command the agent’s metrics.token',
      },
    ];
  let families: readonly MetricFamily[];
  try {
    families = answer.text.trimEnd().endsWith('# EOF')
      ? parseOpenMetrics(answer.text).families
      : parsePrometheusText(answer.text).families;
  } catch (error) {
    return [clash(url, `it does not answer with metrics: ${(error as Error).message}`)];
  }
  if (!families.some(({ name }) => name.startsWith('alex_')))
    return [clash(url, `it serves ${families.length} families, none of them ours`)];
  const bad = lint({ families }).filter(({ rule }) => rule === 'valid-name' || rule === 'reserved-label');
  return [
    { check: 'endpoint', state: 'ok', message: `${url}: ${families.length} families, valid` },
    ...bad.map(
      ({ family, message }): Finding => ({
        check: 'endpoint',
        state: 'error',
        message: `${family}: ${message}`,
        seen: url,
      }),
    ),
    ...selfReport(url, families),
  ];
}

function clash(url: string, seen: string): Finding {
  return {
    check: 'port',
    state: 'error',
    message: `something else listens on ${url}`,
    seen,
    mend: 'set metrics.prometheus_port to a free port (0 takes any): a Prometheus server of your own also likes 9090',
  };
}

/** What an agent says about itself: telemetry that was lost, models without a price, errors of its configuration. */
function selfReport(url: string, families: readonly MetricFamily[]): Finding[] {
  const report = (name: string, check: string, text: string, mend: string): Finding[] =>
    positive(families, name).map(([labels, value]) => ({
      check,
      state: 'warning',
      message: `${text}: ${value}${labels && ` (${labels})`}`,
      seen: `${name} of ${url}`,
      mend,
    }));
  return [
    ...report(
      'alex_obs_dropped',
      'dropped',
      'telemetry was dropped',
      'docs/runbooks/alex.md, AlexTelemetryDropped, says what each reason means',
    ),
    ...report(
      'alex_obs_spans_failed',
      'dropped',
      'spans were not delivered',
      'is the trace backend there? See the canary',
    ),
    ...report(
      'alex_cost_unpriced_requests',
      'unpriced',
      'requests without a price',
      'give the model a price under metrics.pricing',
    ),
    ...report(
      'alex_obs_config_errors',
      'configuration',
      'the agent runs with configuration errors',
      'alex-obs config check, then restart it',
    ),
  ];
}

/** Labels and values of the series of a counter or gauge that are above 0. */
function positive(families: readonly MetricFamily[], name: string): [labels: string, value: number][] {
  const family = families.find((one) => one.name === name);
  if (family?.type !== 'counter' && family?.type !== 'gauge') return [];
  return [...family.series]
    .map(({ labels, point }): [string, number] => [labels.map((label) => label.join('=')).join(' '), point.value])
    .filter(([, value]) => value > 0);
}
