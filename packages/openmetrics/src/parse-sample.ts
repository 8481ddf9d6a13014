import type { Exemplar, Label } from './model.ts';
import type { Cursor } from './parse-cursor.ts';
import { quote } from './parse-cursor.ts';

/** One line of an exposition that is no comment. `timestamp` in Unix seconds. */
export interface Sample {
  readonly name: string;
  readonly labels: readonly Label[];
  readonly value: number;
  readonly timestamp: number | undefined;
  readonly exemplar: Exemplar | undefined;
  /** Where the value starts, for messages about it. */
  readonly valuePosition: number;
  readonly cursor: Cursor;
}

const maxExemplarCharacters = 128;

/** Reads a sample as OpenMetrics 1.0 writes it, and with quoted names as Prometheus 3 does. */
export function readSample(cursor: Cursor): Sample {
  const { name, labels } = readSeries(cursor);
  cursor.expect(' ', 'a space and a value');
  const valuePosition = cursor.position;
  const value = cursor.number('a value');
  let timestamp: number | undefined;
  if (cursor.startsWith(' ') && !cursor.startsWith(' #')) {
    cursor.position++;
    timestamp = cursor.realNumber('a timestamp');
  }
  const exemplar = cursor.take(' # ') ? readExemplar(cursor) : undefined;
  cursor.expectEnd();
  return { name, labels, value, timestamp, exemplar, valuePosition, cursor };
}

/** Reads `name{labels}`, or `{"quoted name",labels}`. */
function readSeries(cursor: Cursor): { name: string; labels: readonly Label[] } {
  let name = cursor.name(true);
  const labels: Label[] = [];
  if (name === '' && !cursor.startsWith('{')) cursor.fail('expected a metric name');
  if (!cursor.take('{')) return { name, labels };
  const seen = new Set<string>();
  if (name === '') {
    if (!cursor.startsWith('"')) cursor.fail('expected a metric name in double quotes');
    name = readQuotedName(cursor);
    if (!cursor.take(',')) {
      cursor.expect('}', '"," or "}"');
      return { name, labels };
    }
  }
  readLabels(cursor, labels, seen);
  return { name, labels };
}

/** Reads a family name of a metadata line, quoted or not. */
export function readFamilyName(cursor: Cursor): string {
  if (cursor.startsWith('"')) return readQuotedName(cursor);
  const name = cursor.name(true);
  if (name === '') cursor.fail('expected a metric name');
  return name;
}

function readExemplar(cursor: Cursor): Exemplar {
  const start = cursor.position;
  cursor.expect('{', 'the labels of an exemplar');
  const labels: Label[] = [];
  readLabels(cursor, labels, new Set());
  let characters = 0;
  for (const [name, value] of labels) characters += characterCount(name) + characterCount(value);
  if (characters > maxExemplarCharacters) {
    cursor.fail(
      `an exemplar's labels have at most ${maxExemplarCharacters} characters, these have ${characters}`,
      start,
    );
  }
  cursor.expect(' ', "a space and the exemplar's value");
  const value = cursor.number("the exemplar's value");
  if (!cursor.take(' ')) return { labels, value };
  return { labels, value, timestamp: cursor.realNumber("the exemplar's timestamp") };
}

/** Reads labels up to and including the closing brace. */
function readLabels(cursor: Cursor, labels: Label[], seen: Set<string>): void {
  if (labels.length === 0 && seen.size === 0 && cursor.take('}')) return;
  for (;;) {
    const start = cursor.position;
    const name = cursor.startsWith('"') ? readQuotedName(cursor) : cursor.name(false);
    if (name === '') cursor.fail('expected a label name', start);
    if (seen.has(name)) cursor.fail(`the label ${quote(name)} occurs twice`, start);
    if (name.startsWith('__'))
      cursor.fail(`label names that start with two underscores are reserved: ${quote(name)}`, start);
    seen.add(name);
    cursor.expect('=', '"="');
    labels.push([name, cursor.quoted()]);
    if (cursor.take('}')) return;
    cursor.expect(',', '"," or "}"');
  }
}

function readQuotedName(cursor: Cursor): string {
  const start = cursor.position;
  const name = cursor.quoted();
  if (name === '') cursor.fail('a name is not empty', start);
  return name;
}

function characterCount(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
