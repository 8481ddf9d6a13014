import { EventStore } from '../../packages/event-store/src/store/event-store.ts';

/**
 * Stores events in the folder of its first argument as fast as it can, and prints the number of each one once it is
 * acknowledged. Small log files, so that segments and compactions happen all the time.
 */
const [folder, firstNumber, most] = process.argv.slice(2);
const store = await EventStore.open({
  folder: folder!,
  maintenance: { rollBytes: 30_000, compactionMs: 0, smallSegmentBytes: 60_000 },
});
let next = Number(firstNumber);
process.stdout.write('open\n');

async function write(writer: number): Promise<void> {
  while (next < Number(most)) {
    const numbers = Array.from({ length: writer === 0 ? 20 : 1 }, () => next++);
    const events = numbers.map((n) => ({
      event_type: 'thing.done',
      entity_id: `thing-${n % 10}`,
      payload: { n, text: 'x'.repeat(n % 50) },
    }));
    await store.appendBatch(events);
    process.stdout.write(`${numbers.join('\n')}\n`);
    if (next % 7 === 0) await store.maintenance.compact();
  }
}

await Promise.all([0, 1, 2].map(write));
