import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, report, round } from './compare.ts';

/**
 * What do import and start cost a program? Each candidate in fresh processes, in turn, as an installed package is: from
 * `dist`, without a configuration file, with the metrics endpoint up. Memory is what was added to the bare process.
 */
const runs = 11;
const folder = fileURLToPath(new URL('.', import.meta.url));
if (!existsSync(join(folder, '../packages/obs/dist/index.js'))) {
  throw new Error('bench/startup.ts measures the built packages: run "npm run build" first');
}

const measured = (body: string): string => `
  const rss = process.memoryUsage().rss, start = performance.now();
  ${body}
  console.log(JSON.stringify({ ms: performance.now() - start, rssMb: (process.memoryUsage().rss - rss) / 2 ** 20 }));
  process.exit(0);`;

const alex = (tracing: boolean): string =>
  measured(`const { createObs } = await import('@alex/obs');
  const logging = { output: 'stderr' };
  const obs = createObs({ config: { logging, metrics: { prometheus_port: 0 }, tracing: { enabled: ${tracing} } } });
  const { metricsUrl } = await obs.start();
  obs.metrics.recordToolExecution('read_file', 'success', 12);
  if (!metricsUrl) throw new Error('no endpoint');`);

const sdkNode = (tracing: boolean): string =>
  measured(`const { NodeSDK } = await import('@opentelemetry/sdk-node');
  const { PrometheusExporter } = await import('@opentelemetry/exporter-prometheus');
  const sdk = new NodeSDK({
    metricReaders: [new PrometheusExporter({ port: 20000 + (process.pid % 20000) })],
    logRecordProcessors: [], autoDetectResources: false, ${tracing ? '' : 'spanProcessors: [],'}
  });
  sdk.start();
  const { metrics } = await import('@opentelemetry/api');
  metrics.getMeter('bench').createCounter('tools').add(1, { tool: 'read_file' });`);

const candidates: Readonly<Record<string, string>> = {
  import_and_start: alex(false),
  import_and_start_tracing: alex(true),
  sdk_node: sdkNode(false),
  sdk_node_tracing: sdkNode(true),
};

const home = mkdtempSync(join(tmpdir(), 'alex-bench-'));
const samples = Object.fromEntries(
  Object.keys(candidates).map((name) => [name, [] as { ms: number; rssMb: number }[]]),
);
for (let run = 0; run <= runs; run++) {
  for (const [name, code] of Object.entries(candidates)) {
    const child = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: home },
      encoding: 'utf8',
    });
    const line = child.stdout.trim().split('\n').at(-1);
    if (child.status !== 0 || !line) throw new Error(`${name}: ${child.stderr}`);
    if (run > 0) samples[name]!.push(JSON.parse(line));
  }
}
rmSync(home, { recursive: true });

const figures = Object.fromEntries(
  Object.entries(samples).map(([name, values]) => [
    name,
    { ms: round(median(values.map(({ ms }) => ms))), rss_mb: round(median(values.map(({ rssMb }) => rssMb))) },
  ]),
);
report({
  ...figures,
  import_and_start: {
    ...figures['import_and_start']!,
    ratio_vs_sdk_node: round(figures['sdk_node']!.ms / figures['import_and_start']!.ms),
  },
  import_and_start_tracing: {
    ...figures['import_and_start_tracing']!,
    ratio_vs_sdk_node: round(figures['sdk_node_tracing']!.ms / figures['import_and_start_tracing']!.ms),
  },
});
