import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EventStore } from '@alex/event-store';
import { median, report, round } from './compare.ts';

/** What does a query of one entity cost in a large store, how long does a start take, and how much memory is it? */
const small = 10_000;
const large = 1_000_000;
const eventsPerEntity = 10;
const mebibyte = 1024 * 1024;

interface Measured {
  readonly recoverySeconds: number;
  readonly queryUs: number;
  readonly rssMb: number;
}

async function fill(folder: string, count: number): Promise<void> {
  const store = await EventStore.open({ folder });
  const entities = count / eventsPerEntity;
  for (let from = 0; from < count; from += 1000) {
    const events = Array.from({ length: 1000 }, (_, index) => {
      const n = from + index;
      const payload = {
        amount: n,
        status: 'active',
        customer_id: `user-${n % 1000}`,
        note: 'as ordered'.padEnd(60, '.'),
      };
      return { event_type: `order.step${n % 7}`, entity_id: `order-${n % entities}`, payload };
    });
    await store.appendBatch(events);
  }
  await store.close();
}

/** Opens a store in this process, which does nothing else, and asks for entities here and there. */
async function measure(folder: string, count: number): Promise<Measured> {
  const startedAt = performance.now();
  const store = await EventStore.open({ folder });
  const recoverySeconds = (performance.now() - startedAt) / 1000;
  const entities = count / eventsPerEntity;
  const times: number[] = [];
  for (let query = 0; query < 3000; query++) {
    const entityId = `order-${(query * 7919) % entities}`;
    const before = performance.now();
    store.query({ entityId });
    times.push((performance.now() - before) * 1000);
  }
  const rssMb = process.memoryUsage().rss / mebibyte;
  await store.close();
  return { recoverySeconds, queryUs: median(times.slice(500)), rssMb };
}

async function inChild(action: string, folder: string, count: number): Promise<string> {
  const file = fileURLToPath(import.meta.url);
  const child = spawn(process.execPath, ['--conditions=@alex/source', file, action, folder, `${count}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (part) => (output += part));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`${action} of ${count} events ended with ${code}`);
  return output;
}

const [action, folder, count] = process.argv.slice(2);
if (action === 'fill') {
  await fill(folder!, Number(count));
} else if (action === 'measure') {
  process.stdout.write(JSON.stringify(await measure(folder!, Number(count))));
} else {
  const root = mkdtempSync(join(tmpdir(), 'bench-event-store-'));
  const of = async (events: number): Promise<Measured> => {
    await inChild('fill', join(root, `${events}`), events);
    return JSON.parse(await inChild('measure', join(root, `${events}`), events)) as Measured;
  };
  const few = await of(small);
  const many = await of(large);
  rmSync(root, { recursive: true });
  report({
    query_entity: { us: round(many.queryUs), ratio_1e6_vs_1e4: round(many.queryUs / few.queryUs) },
    recovery: { seconds_per_million: round(many.recoverySeconds) },
    event_store: { rss_mb_at_1e6: round(many.rssMb) },
  });
}
