import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { readEventFile } from './event-file.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function fileOf(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'events-'));
  folders.push(folder);
  const file = join(folder, 'events.jsonl');
  writeFileSync(file, text);
  return file;
}

it('gives the events of a file with every digit of their numbers', async () => {
  const lines = [
    '{"event_type":"t","entity_id":"e","payload":{"id":9007199254740993,"price":123456789012.12345678}}',
    '{"event_type":"t","entity_id":"e","payload":{"n":-0,"much":1e400},"expected_version":1}',
  ];
  const events = await readEventFile(fileOf(`${lines[0]}\r\n\n${lines[1]}`));
  expect(events.map((event) => JSON.stringify(event))).toEqual(lines);
  expect(events[0]!.entity_id).toBe('e');
});

it.each(['{"a":', '5', 'null', '[]'])('names the line that is none: %s', async (line) => {
  await expect(readEventFile(fileOf(`{"event_type":"t"}\n${line}\n`))).rejects.toThrow('events.jsonl, line 2: ');
});

it('says that there is no such file', async () => {
  await expect(readEventFile('/nowhere/events.jsonl')).rejects.toThrow('There is no file /nowhere/events.jsonl');
});
