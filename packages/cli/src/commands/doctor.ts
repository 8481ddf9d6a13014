import { resolveConfiguration } from '@alex/obs';
import { type Command, defineCommand, painter } from '@alex/service';
import { checkCanary } from '../doctor/canary.ts';
import { checkConfiguration, checkHome, checkPrices } from '../doctor/configuration.ts';
import { checkEndpoints } from '../doctor/endpoint.ts';
import type { Check, Examination, Finding } from '../doctor/finding.ts';
import { checkCopies, checkDoubles, checkForeignProviders } from '../doctor/instrumentation.ts';
import { checkGrafana, checkTargets } from '../doctor/stack.ts';
import { counted } from '../format.ts';

const local: readonly Check[] = [
  checkConfiguration,
  checkHome,
  checkEndpoints,
  checkPrices,
  checkCopies,
  checkForeignProviders,
];
const remote: readonly Check[] = [checkCanary, checkTargets, checkGrafana, checkDoubles];

export const command: Command = defineCommand({
  name: 'doctor',
  summary:
    'Looks for what is silently wrong: configuration, endpoints, the way of a span and of an exemplar, the stack.',
  description:
    'Sends one span and one exemplar as agents do and reads them back. Each finding says what is wrong, how it was seen and how to mend it. Exit code 1: something is broken.',
  examples: ['alex-obs doctor', 'alex-obs doctor --local', 'alex-obs doctor --json --jaeger http://localhost:16686'],
  options: {
    file: {
      type: 'string',
      valueName: 'path',
      env: 'ALEX_OBSERVABILITY_CONFIG',
      description: 'Configuration file instead of ~/.alex/config.yaml.',
    },
    prometheus: {
      type: 'string',
      valueName: 'url',
      default: 'http://localhost:9091',
      description: 'Where Prometheus is.',
    },
    jaeger: {
      type: 'string',
      valueName: 'url',
      default: 'http://localhost:16686',
      description: 'Where Jaeger’s page is.',
    },
    grafana: { type: 'string', valueName: 'url', default: 'http://localhost:3000', description: 'Where Grafana is.' },
    local: { type: 'boolean', description: 'Look at this machine’s agents only, not at the stack; sends nothing.' },
    verbose: { type: 'boolean', description: 'Say how each thing was seen.' },
  },
  json: true,
  async run({ options, io, json, signal, print, note }) {
    const base = (url: string): string => url.replace(/\/+$/, '');
    const examination: Examination = {
      configuration: resolveConfiguration({
        env: io.env,
        ...(options.file !== undefined && { configPath: options.file }),
      }),
      env: io.env,
      signal,
      platform: process.platform,
      folder: process.cwd(),
      prometheus: base(options.prometheus),
      jaeger: base(options.jaeger),
      grafana: base(options.grafana),
    };
    const checks = options.local ? local : [...local, ...remote];
    const findings = (await Promise.all(checks.map((check) => check(examination)))).flat();
    const broken = findings.filter(({ state }) => state === 'error').length;
    if (json) print(JSON.stringify({ broken, findings }, undefined, 2));
    else {
      const paint = painter(io.stdout, io.env);
      for (const line of findings.flatMap((finding) => describe(finding, paint, options.verbose))) print(line);
      const warnings = findings.filter(({ state }) => state === 'warning').length;
      note(
        broken === 0
          ? `Nothing is broken; ${counted(warnings, 'warning')}.`
          : `${counted(broken, 'thing')} broken, ${counted(warnings, 'warning')}.`,
      );
    }
    return broken > 0 ? 1 : 0;
  },
});

const marks = {
  ok: ['green', 'ok     '],
  warning: ['yellow', 'warning'],
  error: ['red', 'error  '],
  skipped: ['dim', 'skipped'],
} as const;

function describe(
  { check, state, message, seen, mend }: Finding,
  paint: ReturnType<typeof painter>,
  verbose: boolean,
): string[] {
  const [colour, mark] = marks[state];
  const details =
    state === 'ok' && !verbose
      ? []
      : [seen === undefined ? [] : [`seen: ${seen}`], mend === undefined ? [] : [`mend: ${mend}`]].flat();
  return [`${paint(colour, mark)} ${check}: ${message}`, ...details.map((line) => `          ${line}`)];
}
