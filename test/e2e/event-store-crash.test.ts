import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DiskFiles } from '../../packages/event-store/src/log/disk-files.ts';
import { buildSegment } from '../../packages/event-store/src/segments/build-segment.ts';
import { EventStore } from '../../packages/event-store/src/store/event-store.ts';
import { verifyFiles } from '../../packages/event-store/src/store/verify.ts';
import { Child, killRounds } from './harness/index.ts';

/** More with `EVENT_STORE_CRASH_ROUNDS=2000 npm run e2e -- event-store-crash`. */
const rounds = Number(process.env['EVENT_STORE_CRASH_ROUNDS'] ?? 200);
/** A store of its own for so many rounds, so that each start stays short. */
const roundsPerStore = 10;
const writer = fileURLToPath(new URL('./event-store-writer.ts', import.meta.url));

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'event-store-crash-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

type Kind = 'event' | 'schema' | 'pipeline' | 'snapshot' | 'erased';

/** What the writer was told to be durable, by kind. */
class Acknowledged {
  readonly #of = new Map<string, Set<string>>();

  of(kind: Kind): Set<string> {
    const known = this.#of.get(kind) ?? new Set();
    this.#of.set(kind, known);
    return known;
  }

  /** Reads what the writer printed; a line that the kill cut in two is no acknowledgement. */
  read(output: string): number {
    const lines = output.split('\n').slice(1, -1);
    for (const line of lines) {
      const [kind, name] = line.split(' ');
      this.of(kind as Kind).add(name!);
    }
    return lines.length;
  }

  missingIn(kind: Kind, there: ReadonlySet<string>): string[] {
    return [...this.of(kind)].filter((name) => !there.has(name));
  }
}

/** The numbers of all events of a store. */
function storedNumbers(store: EventStore): string[] {
  const numbers: string[] = [];
  for (let after: number | undefined = 0; after !== undefined; ) {
    const { events, nextCursor } = store.query({ eventType: 'thing.done', after, limit: 10_000 });
    numbers.push(...events.map((text) => `${(JSON.parse(text) as { payload: { n: number } }).payload.n}`));
    after = nextCursor;
  }
  return numbers;
}

/** The persons whose secrets stand in some file. */
function personsInFiles(folder: string): Set<string> {
  const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'));
  return new Set([...texts.join('\n').matchAll(/secret-(\d+);/g)].map(([, n]) => `person-${n}`));
}

/** Checks a store that was killed as a new process would find it. */
async function check(folder: string, acknowledged: Acknowledged): Promise<void> {
  const findings = await verifyFiles(new DiskFiles(folder));
  expect(findings.filter(({ problem }) => problem !== undefined)).toEqual([]);
  const store = await EventStore.open({ folder, build: buildSegment, snapshots: { mostPerEntity: 1_000_000 } });
  const { index, schemas, pipelines, snapshots } = store.parts;
  const stored = storedNumbers(store);
  const numbers = new Set(stored);
  expect(numbers.size).toBe(stored.length);
  expect(acknowledged.missingIn('event', numbers)).toEqual([]);
  expect(acknowledged.missingIn('schema', new Set(schemas.subjects.map(({ subject }) => subject)))).toEqual([]);
  expect(acknowledged.missingIn('pipeline', new Set(pipelines.configurations.map(({ id }) => id)))).toEqual([]);
  expect(acknowledged.missingIn('snapshot', new Set(snapshots.all().map(({ id }) => id)))).toEqual([]);
  await store.maintenance.purge();
  const isThere = (person: string): boolean => index.entity('default', person) !== undefined;
  expect([...acknowledged.of('erased')].filter(isThere)).toEqual([]);
  expect(snapshots.all().filter(({ entity_id }) => entity_id.startsWith('person-') && !isThere(entity_id))).toEqual([]);
  await store.close();
  expect([...personsInFiles(folder)].filter((person) => !isThere(person))).toEqual([]);
  for (const number of numbers) acknowledged.of('event').add(number);
}

it(`loses and doubles nothing in ${rounds} rounds of kill -9 at drawn moments`, { timeout: 900_000 }, async () => {
  let acknowledged = new Acknowledged();
  let child: Child | undefined;
  let killedWhileWriting = 0;
  let erased = 0;
  const folder = (round: number) => join(root, String(Math.floor(round / roundsPerStore)));
  await killRounds({
    rounds,
    longestMs: 250,
    start: async (round) => {
      if (round % roundsPerStore === 0) acknowledged = new Acknowledged();
      const first = Math.max(-1000, ...[...acknowledged.of('event')].map(Number)) + 1000;
      const args = ['--conditions=@alex/source', writer, folder(round), `${first}`, `${first + 100_000}`];
      child = new Child(process.execPath, args);
      await child.prints(/^open$/m);
      return child;
    },
    check: async (round) => {
      const before = acknowledged.of('erased').size;
      if (acknowledged.read(child!.output) > 0) killedWhileWriting++;
      erased += acknowledged.of('erased').size - before;
      await check(folder(round), acknowledged);
    },
  });
  expect(killedWhileWriting).toBeGreaterThan(rounds / 2);
  expect(erased).toBeGreaterThan(0);
});
