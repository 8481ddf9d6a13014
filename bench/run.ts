import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { judge } from './bars.ts';
import type { Figures } from './compare.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const all = [
  'record-tool-execution',
  'record-tool-execution-exemplar',
  'record-llm-request',
  'scrape',
  'startup',
  'alec-rows',
  'dsfb-ingest',
  'dsfb-render',
  'ledger-append',
  'ledger-scrape',
  'event-store-ingest',
  'event-store-query',
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, docs: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
});
const unknown = positionals.filter((name) => !all.includes(name));
if (values.help || unknown.length > 0) {
  process.stderr.write(
    `npm run bench -- [--json FILE] [--docs] [NAME ...]\n\nNAME is one of ${all.join(', ')}; all without one.\n--json writes one object with every figure; --docs writes docs/performance.md.\n`,
  );
  process.exit(unknown.length > 0 ? 2 : 0);
}

/** One file in a process of its own, so that no candidate sees another file's types and garbage. */
async function runFile(name: string): Promise<Figures> {
  const child = spawn(process.execPath, ['--conditions=@alex/source', join(folder, `${name}.ts`)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`bench/${name}.ts ended with ${code}`);
  return JSON.parse(output.trim().split('\n').at(-1)!) as Figures;
}

function table(figures: Figures): string {
  const rows = Object.entries(figures).flatMap(([group, entries]) =>
    Object.entries(entries).map(([key, value]) => [`${group}.${key}`, String(value), judge(`${group}.${key}`, value)]),
  );
  return ['| figure | value | bar |', '|---|---:|---|', ...rows.map((cells) => `| ${cells.join(' | ')} |`)].join('\n');
}

let figures: Figures = {};
for (const name of positionals.length > 0 ? positionals : all) {
  process.stderr.write(`${name} ...\n`);
  figures = { ...figures, ...(await runFile(name)) };
}
process.stdout.write(`${table(figures)}\n`);
if (values.json) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`);
if (values.docs) {
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}`;
  writeFileSync(join(folder, '../docs/performance.md'), performancePage(machine, figures));
}

function performancePage(machine: string, measured: Figures): string {
  return `# Performance

Written by \`npm run bench -- --docs\`; run it again and it is written again. Measured on ${machine}. The ratios travel to other
machines, the absolute times do not: each ratio compares with a peer that was measured in the same run, in turn, round by
round. Every figure is a median, a ratio the median of the ratios of each round: on a noisy machine it need not be the
quotient of the two times beside it.

The peers are the OpenTelemetry SDK (\`@opentelemetry/sdk-metrics\` with \`exporter-prometheus\`, and \`sdk-node\` for the
start) and \`prom-client\`. Names that end in \`ns\` are nanoseconds per call, in \`ms\` milliseconds, in \`mb\` megabytes.

${table(measured)}

* \`record_tool_execution\`: one counter and one histogram by tool and status. The exemplar row is the same inside an active
  sampled span, where each bucket takes one exemplar between two scrapes; the OpenTelemetry SDK for JavaScript leaves no
  exemplars.
* \`record_llm_request\`: requests, input and output tokens, latency and cost by model. Ours also looks up the price.
* \`scrape_10k\`, \`scrape_100k\`: collecting and rendering that many lines to bytes, without gzip; \`max_block_ms\` is the median over
  20 warm scrapes of the longest time that the event loop could not turn.
* \`ingest\`: the event store with fsync on. \`events_per_second\` are events one by one from 16 writers, the batched figures batches of
  1000; the raw log is \`JSON.parse\` of the same bytes, one append and one fdatasync. \`metric_overhead_percent\` is the time of all
  metric updates of one ingest, clocks included, in that of one ingest over HTTP.
* \`query_entity\`: ten events of one entity, here and there, in a store of 10^6 events that was just opened, beside one of 10^4.
  \`rss_mb_at_1e6\` is the memory of the whole process then.
* \`import_and_start\`: a fresh process imports the built package and opens the metrics endpoint, without a configuration file;
  \`rss_mb\` is the memory that this added. The bar is on the row without tracing.
* \`alec_rows\`: rows a second through the whole ALEC engine (window, entropies, resilience, criticality, baseline, events), 8 channels
  and a window of 60 rows; the ratio is the time of a row with a window of 600 to that with 60. \`alec_replay\`: a CSV file of a million
  rows of 8 sensors is read and replayed at full speed; \`rss_mb\` is the memory that this added at most.
* \`dsfb_ingest\`: a million residuals, each up to half a window late, through the reorder buffer into a sink; the ratio is the
  cost of a sample in a stream ten times as long. \`dsfb_render\`: one snapshot as OpenMetrics text.
* \`ledger_append\`: costs booked per second, one by one, each synced to the disk before the next (SQLite, write-ahead log,
  \`synchronous = FULL\`); the peer is the bare prepared INSERT under the same durability.
* \`ledger_scrape\`: a scrape of the cost exporter over HTTP with a ledger of a million entries (\`ms\`) and of ten thousand.
`;
}
