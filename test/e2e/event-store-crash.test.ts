import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EventStore } from '../../packages/event-store/src/store/event-store.ts';
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

/** The numbers of all events of a store, which is opened as a new process would. */
async function storedNumbers(folder: string): Promise<number[]> {
  const store = await EventStore.open({ folder });
  const numbers: number[] = [];
  for (let after: number | undefined = 0; after !== undefined; ) {
    const { events, nextCursor } = store.query({ after, limit: 10_000 });
    numbers.push(...events.map((text) => (JSON.parse(text) as { payload: { n: number } }).payload.n));
    after = nextCursor;
  }
  await store.close();
  return numbers;
}

it(`loses and doubles nothing in ${rounds} rounds of kill -9 at drawn moments`, { timeout: 900_000 }, async () => {
  let acknowledged = new Set<number>();
  let child: Child | undefined;
  let killedWhileWriting = 0;
  const folder = (round: number) => join(root, String(Math.floor(round / roundsPerStore)));
  await killRounds({
    rounds,
    longestMs: 250,
    start: async (round) => {
      if (round % roundsPerStore === 0) acknowledged = new Set();
      const first = acknowledged.size === 0 ? 0 : Math.max(...acknowledged) + 1000;
      child = new Child(process.execPath, [
        '--conditions=@alex/source',
        writer,
        folder(round),
        `${first}`,
        `${first + 100_000}`,
      ]);
      await child.prints(/^open$/m);
      return child;
    },
    check: async (round) => {
      // A line that the kill cut in two is no acknowledgement.
      const lines = child!.output.split('\n').slice(1, -1);
      if (lines.length > 0) killedWhileWriting++;
      for (const line of lines) if (/^\d+$/.test(line)) acknowledged.add(Number(line));
      const stored = await storedNumbers(folder(round));
      const unique = new Set(stored);
      expect(unique.size).toBe(stored.length);
      expect([...acknowledged].filter((number) => !unique.has(number))).toEqual([]);
      for (const number of unique) acknowledged.add(number);
    },
  });
  expect(killedWhileWriting).toBeGreaterThan(rounds / 2);
});
