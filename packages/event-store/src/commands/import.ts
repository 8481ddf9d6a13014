import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Command, CommandError, defineCommand } from '@alex/service';
import { StoreError } from '../errors.ts';
import type { EventStore } from '../store/event-store.ts';
import { storeFolder, withStore } from './store-folder.ts';

const batchSize = 1000;

/** `event-store import`: the lines of an export into a store. */
export const importCommand: Command = defineCommand({
  name: 'import',
  summary: 'Stores the events of an export, or of any file with one event a line; those that are there already stay.',
  description: 'Events keep their ids, types, entities, payloads and metadata; times, versions and sequences are new.',
  examples: ['alex-obs event-store import events.jsonl --data ./new-store'],
  arguments: [{ name: 'file', description: 'One JSON object a line.' }],
  options: storeFolder,
  async run({ options: { data }, arguments: { file }, print }) {
    if (!existsSync(file)) throw new CommandError(`There is no file ${file}`);
    const { read, stored } = await withStore(data, (store) => importFile(store, file));
    const known = read === stored ? '' : `, ${read - stored} were there already`;
    print(`${stored} events are stored${known}`);
  },
});

interface Line {
  readonly number: number;
  readonly text: string;
}

async function importFile(
  store: EventStore,
  file: string,
): Promise<{ readonly read: number; readonly stored: number }> {
  const before = store.parts.index.events;
  const lines: Line[] = [];
  let [number, read] = [0, 0];
  const flush = async (): Promise<void> => {
    read += lines.length;
    await storeLines(store, lines.splice(0), file);
  };
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    // An export says `id`, a client `event_id`.
    if (text.trim() !== '') lines.push({ number, text: text.replace(/^\{"id":/, '{"event_id":') });
    if (lines.length === batchSize) await flush();
  }
  await flush();
  return { read, stored: store.parts.index.events - before };
}

async function storeLines(store: EventStore, lines: readonly Line[], file: string): Promise<void> {
  try {
    await store.appendBatchJson(`{"events":[${lines.map(({ text }) => text).join(',')}]}`);
  } catch (error) {
    for (const { number, text } of lines) {
      const problem = syntaxProblem(text);
      if (problem !== undefined) throw new CommandError(`${file}, line ${number}: ${problem}`);
    }
    const index = StoreError.isInstance(error) ? (error.index ?? 0) : 0;
    throw new CommandError(`${file}, line ${lines[index]?.number}: ${(error as Error).message}`);
  }
}

function syntaxProblem(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
