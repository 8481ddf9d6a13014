import { buildSegment } from '../../packages/event-store/src/segments/build-segment.ts';
import { EventStore } from '../../packages/event-store/src/store/event-store.ts';

/**
 * Stores events in the folder of its first argument as fast as it can, and beside them snapshots, schemas, pipelines, and
 * persons who are erased again. Prints a line for each thing once it is acknowledged. Small log files, so that segments
 * and compactions happen all the time.
 */
const [folder, firstNumber, most] = process.argv.slice(2);
const store = await EventStore.open({
  folder: folder!,
  // A thread would take longer to start than most rounds last.
  build: buildSegment,
  maintenance: { rollBytes: 30_000, compactionMs: 0, smallSegmentBytes: 60_000 },
  snapshots: { mostPerEntity: 1_000_000 },
});
let next = Number(firstNumber);
const print = (text: string): boolean => process.stdout.write(`${text}\n`);
print('open');

async function write(writer: number): Promise<void> {
  while (next < Number(most)) {
    const numbers = Array.from({ length: writer === 0 ? 20 : 1 }, () => next++);
    const events = numbers.map((n) => ({
      event_type: 'thing.done',
      entity_id: `thing-${n % 10}`,
      payload: { n, text: 'x'.repeat(n % 50) },
    }));
    await store.appendBatch(events);
    print(numbers.map((n) => `event ${n}`).join('\n'));
    if (next % 7 === 0) await store.maintenance.compact();
  }
}

async function erase(person: string): Promise<void> {
  await store.eraseEntity(person);
  print(`erased ${person}`);
}

async function change(): Promise<void> {
  for (let n = next; next < Number(most); n += 4) {
    const persons = [n, n + 1, n + 2, n + 3].map((number) => ({
      event_type: 'person.named',
      entity_id: `person-${number}`,
      payload: { secret: `secret-${number};` },
    }));
    await store.appendBatch(persons);
    // The others stand in a segment when they are erased.
    const first = erase(`person-${n}`);
    await Promise.all(persons.slice(1).map(({ entity_id }) => store.snapshot(entity_id)));
    await store.maintenance.roll();
    await Promise.all([
      first,
      ...persons.slice(1).map(({ entity_id }) => erase(entity_id)),
      store.registerSchema(`subject-${n}`, { type: 'object' }).then(() => print(`schema subject-${n}`)),
      store.registerPipeline({ name: `p-${n}`, operators: [] }).then(({ id }) => print(`pipeline ${id}`)),
      store.append({ event_type: 'place.named', entity_id: 'place', payload: {} }).then(async () => {
        print(`snapshot ${(await store.snapshot('place')).id}`);
      }),
    ]);
  }
}

await Promise.all([change(), ...[0, 1, 2].map(write)]);
