import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCore, EventStore, shopEvents } from '@alex/event-store';
import { Registry } from '@alex/openmetrics';
import { captureIo, runService } from '@alex/service';
import { median, report, round } from './compare.ts';

/** How fast are events stored, with fsync on, beside a raw log, and what do the metrics cost of it? */
const folder = mkdtempSync(join(tmpdir(), 'bench-event-store-'));
const batchSize = 1000;
const source = shopEvents(1, 10_000);
const take = (count: number) => Array.from({ length: count }, () => source.next().value);
/** Until the code is compiled, that of the thread which writes segments too. */
const warmUp = 160;
const bodies = Array.from({ length: warmUp + 240 }, () => JSON.stringify({ events: take(batchSize) }));

const store = await EventStore.open({ folder: join(folder, 'store') });
const raw = openSync(join(folder, 'raw.log'), 'w');
const own: number[] = [];
const peer: number[] = [];
// In turn, so that a change of the machine's speed meets both.
for (const body of bodies) {
  let startedAt = performance.now();
  await store.appendBatchJson(body);
  own.push(performance.now() - startedAt);
  startedAt = performance.now();
  JSON.parse(body);
  writeSync(raw, body);
  fdatasyncSync(raw);
  peer.push(performance.now() - startedAt);
}
closeSync(raw);
const singles = take(1500);
const singleTimes: number[] = [];
const singlesStartedAt = performance.now();
let next = 0;
const writer = async (): Promise<void> => {
  for (let event = singles[next++]; event !== undefined; event = singles[next++]) {
    const startedAt = performance.now();
    await store.append(event);
    singleTimes.push(performance.now() - startedAt);
  }
};
await Promise.all(Array.from({ length: 16 }, writer));
const singleSeconds = (performance.now() - singlesStartedAt) / 1000;
await store.close();

/** Time of everything that one ingest records: cells and clocks as the store uses them. */
function metricUpdateNs(): number {
  const registry = new Registry({ translation: 'NoTranslation' });
  const counter = registry.counter({ name: 'c', help: 'c', labelNames: ['l'] });
  const histogram = registry.histogram({ name: 'h', help: 'h', labelNames: ['l'] });
  const counters = ['a', 'b', 'c', 'd', 'e'].map((label) => counter.labels(label));
  const histograms = ['a', 'b', 'c', 'd', 'e', 'f'].map((label) => histogram.labels(label));
  const gauges = ['a', 'b', 'c', 'd', 'e'].map((label) =>
    registry.gauge({ name: `gauge_${label}`, help: label }).labels(),
  );
  const calls = 200_000;
  const startedAt = performance.now();
  for (let call = 0; call < calls; call++) {
    let before = performance.now();
    for (const cell of counters) cell.add(1);
    for (const cell of histograms) {
      const now = performance.now();
      cell.observe((now - before) / 1000);
      before = now;
    }
    for (const cell of gauges) cell.set(call);
  }
  return ((performance.now() - startedAt) / calls) * 1e6;
}

async function overHttpMs(): Promise<number[]> {
  const core = createCore({
    service: { host: '127.0.0.1', port: 0, logLevel: 'error' },
    store: { folder: join(folder, 'http') },
  });
  const service = await runService(core, { io: captureIo().io });
  const times: number[] = [];
  for (const event of take(600)) {
    const startedAt = performance.now();
    const answer = await fetch(`${service.url}/api/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(event),
    });
    await answer.text();
    times.push(performance.now() - startedAt);
  }
  await service.close();
  return times.slice(100).sort((left, right) => left - right);
}

metricUpdateNs();
const updateNs = metricUpdateNs();
const http = await overHttpMs();
rmSync(folder, { recursive: true });
const warm = own.slice(warmUp);
report({
  ingest: {
    events_per_second: round(singles.length / singleSeconds),
    batched_events_per_second: round(batchSize / (median(warm) / 1000)),
    p99_ms: round(singleTimes.sort((left, right) => left - right)[Math.floor(singleTimes.length * 0.99)]!),
    http_p50_ms: round(median(http)),
    http_p99_ms: round(http[Math.floor(http.length * 0.99)]!),
    batched_ratio_vs_raw_log: round(median(warm.map((ms, round) => peer[warmUp + round]! / ms))),
    metric_update_ns: round(updateNs),
    metric_overhead_percent: round((updateNs / 1e6 / median(http)) * 100),
  },
});
