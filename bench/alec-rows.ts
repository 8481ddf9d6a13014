import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AlecEngine, AlecExporter, readSensorCsv } from '@alex/exporters/alec';
import { median, report, round } from './compare.ts';

/**
 * How many sensor rows a second does the ALEC engine take, does the length of the window matter, and does a long file replay
 * at full speed in bounded memory? The window lengths run in turn, round by round.
 */
const channels = 8;
const rows = 20_000;
const rounds = 9;

const prepared = Array.from({ length: 4096 }, (_, index) =>
  Float64Array.from(
    { length: channels },
    (_, channel) => 20 + 10 * Math.sin(index / 3) + Math.sin(index * (channel + 1.7)) + Math.sin(index * 7.1 * channel),
  ),
);

function engineWith(windowRows: number): { run: () => number } {
  const engine = new AlecEngine({ windowMs: (windowRows - 1) * 1000 });
  for (let channel = 0; channel < channels; channel++) engine.channel(`c${channel}`);
  let index = 0;
  const put = (count: number): void => {
    for (const end = index + count; index < end; index++) engine.observeRow(index * 1000, prepared[index & 4095]!);
  };
  put(20_000);
  if (!engine.baseline.locked || engine.signal.rows !== windowRows) throw new Error('the engine is not warm');
  return {
    run() {
      const startMs = performance.now();
      put(rows);
      return (performance.now() - startMs) / rows;
    },
  };
}

const windows = { short: engineWith(60), long: engineWith(600) };
const samples = { short: [] as number[], long: [] as number[] };
for (let turn = 0; turn < rounds; turn++) {
  for (const name of ['short', 'long'] as const) samples[name].push(windows[name].run());
}
const short = median(samples.short);

const folder = mkdtempSync(join(tmpdir(), 'alec-bench-'));
const path = join(folder, 'million.csv');
await pipeline(Readable.from(lines(1_000_000)), createWriteStream(path));
globalThis.gc?.();
const before = process.memoryUsage().rss;
let peak = before;
const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 20);
const startMs = performance.now();
const dataset = await readSensorCsv(path);
const loadedMs = performance.now();
const exporter = new AlecExporter();
await exporter.load(dataset, { speed: 1e12, loop: false }).start();
const endMs = performance.now();
clearInterval(watch);
rmSync(folder, { recursive: true });
if (exporter.engine.samples !== 1_000_000) throw new Error('not every row was replayed');

report({
  alec_rows: {
    per_second: Math.round(1000 / short),
    ratio_window_600_vs_60: round(median(samples.long) / short),
  },
  alec_replay: {
    load_rows_per_second: Math.round(1e9 / (loadedMs - startMs)),
    rows_per_second: Math.round(1e9 / (endMs - loadedMs)),
    rss_mb: round((peak - before) / 2 ** 20),
  },
});

function* lines(count: number): Generator<string> {
  yield `timestamp_ms,${Array.from({ length: channels }, (_, channel) => `c${channel}`)}\n`;
  for (let index = 0; index < count; index++) {
    const readings = Array.from(prepared[index & 4095]!, (value) => value.toFixed(3));
    yield `${index * 1000},${readings}\n`;
  }
}
