import {
  closeSync,
  copyFileSync,
  createReadStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Command, type CommandContext, CommandError, defineCommand, defineOptions } from '@alex/service';
import { StoreError } from '../errors.ts';
import { lockDirectory } from '../log/directory-lock.ts';
import { DiskFiles, syncFolder } from '../log/disk-files.ts';
import { EventStore } from '../store/event-store.ts';
import { verifyFiles } from '../store/verify.ts';
import { eventJson } from '../stored-event.ts';
import { openErrors } from './open-errors.ts';

const declarations = defineOptions({
  data: {
    type: 'string',
    default: './allsource-data',
    valueName: 'folder',
    env: 'ALLSOURCE_DATA',
    description: 'Folder of the store. No core may run on it meanwhile.',
  },
});

const batchSize = 1000;

/** Opens the store of `--data` for one piece of work. */
async function withStore<Result>(folder: string, work: (store: EventStore) => Promise<Result>): Promise<Result> {
  return await openErrors(async () => {
    const store = await EventStore.open({ folder });
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  });
}

function mustExist(folder: string): void {
  if (!existsSync(folder)) throw new CommandError(`There is no folder ${folder}`);
}

/** `event-store export`: all events as lines of JSON. */
export const exportCommand: Command = defineCommand({
  name: 'export',
  summary: 'Prints every event of a store as a line of JSON, in order.',
  examples: ['alex-obs event-store export > events.jsonl', 'alex-obs event-store export --data ./events'],
  options: declarations,
  async run({ options: { data }, print }) {
    mustExist(data);
    await withStore(data, async (store) => {
      for (let after = 0; ; ) {
        const events = store.eventsAfter(after, batchSize);
        if (events.length === 0) return;
        print(events.map(eventJson).join('\n'));
        after = events.at(-1)!.sequence;
      }
    });
  },
});

/** `event-store import`: the lines of an export into a store. */
export const importCommand: Command = defineCommand({
  name: 'import',
  summary: 'Stores the events of an export, or of any file with one event a line; those that are there already stay.',
  description: 'Events keep their ids, types, entities, payloads and metadata; times, versions and sequences are new.',
  examples: ['alex-obs event-store import events.jsonl --data ./new-store'],
  arguments: [{ name: 'file', description: 'One JSON object a line.' }],
  options: declarations,
  async run({ options: { data }, arguments: { file }, print }) {
    mustExist(file);
    const imported = await withStore(data, (store) => importFile(store, file));
    print(`${imported} events are stored`);
  },
});

async function importFile(store: EventStore, file: string): Promise<number> {
  let lines: string[] = [];
  let first = 1;
  let imported = 0;
  const flush = async (): Promise<void> => {
    if (lines.length === 0) return;
    try {
      const before = store.parts.index.events;
      await store.appendBatchJson(`{"events":[${lines.join(',')}]}`);
      imported += store.parts.index.events - before;
    } catch (error) {
      const index = StoreError.isInstance(error) ? (error.index ?? 0) : 0;
      throw new CommandError(`${file}, line ${first + index} or near it: ${(error as Error).message}`);
    }
    first += lines.length;
    lines = [];
  };
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === '') continue;
    // An export says `id`, a client `event_id`.
    lines.push(line.replace(/^\{"id":/, '{"event_id":'));
    if (lines.length === batchSize) await flush();
  }
  await flush();
  return imported;
}

/** `event-store backup`: a copy of a store that nobody writes to. */
export const backupCommand: Command = defineCommand({
  name: 'backup',
  summary: 'Copies a store, verified, to a folder that does not exist yet. To restore it is to copy it back.',
  examples: ['alex-obs event-store backup ./backup-monday --data ./events'],
  arguments: [{ name: 'to', description: 'Folder of the copy.' }],
  options: declarations,
  async run({ options: { data }, arguments: { to }, print }) {
    mustExist(data);
    if (existsSync(to)) throw new CommandError(`${to} exists already`);
    await openErrors(async () => {
      const lock = await lockDirectory(data);
      try {
        const bad = (await verifyFiles(new DiskFiles(data))).filter(({ problem }) => problem !== undefined);
        if (bad.length > 0) throw new CommandError(`${bad[0]!.file}: ${bad[0]!.problem}. Nothing was copied.`);
        mkdirSync(to, { recursive: true, mode: 0o700 });
        const names = readdirSync(data).filter((name) => !name.startsWith('LOCK') && !name.endsWith('.new'));
        for (const name of names) copyDurably(join(data, name), join(to, name));
        await syncFolder(to);
        print(`${names.length} files are copied to ${to}`);
      } finally {
        lock.release();
      }
    });
  },
});

function copyDurably(from: string, to: string): void {
  copyFileSync(from, to);
  const descriptor = openSync(to, 'r+');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

/** `event-store verify`: reads and checks every file. */
export const verifyCommand: Command = defineCommand({
  name: 'verify',
  summary: 'Reads every file of a store and says which are damaged; exit code 1 when one is. Changes nothing.',
  examples: ['alex-obs event-store verify --data ./events', 'alex-obs event-store verify --json'],
  options: declarations,
  json: true,
  run: (context) => verify(context),
});

async function verify({ options: { data }, json, print }: CommandContext<typeof declarations>): Promise<number> {
  mustExist(data);
  return await openErrors(async () => {
    const lock = await lockDirectory(data);
    try {
      const findings = await verifyFiles(new DiskFiles(data));
      const bad = findings.filter(({ problem }) => problem !== undefined);
      if (json) print(JSON.stringify({ files: findings, damaged: bad.length }));
      else {
        for (const { file, events, problem } of findings) print(`${file}  ${events} events  ${problem ?? 'whole'}`);
        print(bad.length === 0 ? 'The store is whole.' : `${bad.length} of ${findings.length} files are damaged.`);
      }
      return bad.length > 0 ? 1 : 0;
    } finally {
      lock.release();
    }
  });
}
