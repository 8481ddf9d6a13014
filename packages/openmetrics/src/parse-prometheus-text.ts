import type { Label, MetricFamily, Snapshot } from './model.ts';
import { Cursor, quote } from './parse-cursor.ts';
import { TextFamily, type TextSample } from './parse-text-family.ts';

const distributionSuffixes = ['_bucket', '_count', '_sum'];

/**
 * Reads Prometheus text 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/), with any blanks, comments
 * and order of lines that it allows. A counter whose name does not end in `_total` carries it as `sampleName`.
 * Linear in the length of the text. Throws `OpenMetricsSyntaxError` where it is malformed or a series occurs twice.
 */
export function parsePrometheusText(text: string): { readonly families: readonly MetricFamily[] } & Snapshot {
  const families = new Map<string, TextFamily>();
  let line = 1;
  for (let start = 0; start < text.length; line++) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const cursor = new Cursor(text.slice(start, end).replace(/\r$/, ''), line);
    start = end + 1;
    cursor.skipBlanks();
    if (cursor.take('#')) readComment(cursor, families);
    else if (!cursor.atEnd) addSample(readSample(cursor), cursor, families);
  }
  return { families: [...families.values()].map((family) => family.finish()) };
}

function readComment(cursor: Cursor, families: Map<string, TextFamily>): void {
  cursor.skipBlanks();
  const word = cursor.word();
  if (word !== 'HELP' && word !== 'TYPE') return;
  cursor.skipBlanks();
  const name = readName(cursor, true);
  cursor.skipBlanks();
  const family = familyFor(name, families);
  if (word === 'HELP') {
    family.help = cursor.helpText(false);
    return;
  }
  const type = cursor.word();
  if (!isTextType(type)) cursor.fail(`unknown type ${quote(type)}: one of ${textTypes.join(', ')}`);
  if (family.typed || family.hasSamples)
    cursor.fail(`the TYPE of ${quote(name)} stands once and before its samples`, 0);
  family.setType(type);
}

const textTypes = ['counter', 'gauge', 'histogram', 'summary', 'untyped'] as const;

function isTextType(text: string): text is (typeof textTypes)[number] {
  return (textTypes as readonly string[]).includes(text);
}

function readSample(cursor: Cursor): TextSample {
  const labels: Label[] = [];
  let name = cursor.startsWith('{') ? '' : readName(cursor, true);
  cursor.skipBlanks();
  if (cursor.take('{')) name = readLabels(cursor, labels) ?? name;
  if (name === '') cursor.fail('expected a metric name', 0);
  cursor.skipBlanks();
  const value = cursor.number('a value');
  cursor.skipBlanks();
  const timestamp = cursor.atEnd ? undefined : cursor.realNumber('a timestamp') / 1000;
  cursor.skipBlanks();
  cursor.expectEnd();
  return { name, labels, value, timestamp };
}

/** Reads labels up to the closing brace; returns a quoted metric name among them, as Prometheus 3 writes it. */
function readLabels(cursor: Cursor, labels: Label[]): string | undefined {
  let metricName: string | undefined;
  const seen = new Set<string>();
  for (;;) {
    cursor.skipBlanks();
    if (cursor.take('}')) return metricName;
    const start = cursor.position;
    const isQuoted = cursor.startsWith('"');
    const name = readName(cursor, false);
    cursor.skipBlanks();
    if (isQuoted && metricName === undefined && !cursor.startsWith('=')) metricName = name;
    else {
      cursor.expect('=', '"="');
      cursor.skipBlanks();
      if (seen.has(name)) cursor.fail(`the label ${quote(name)} occurs twice`, start);
      seen.add(name);
      labels.push([name, cursor.quoted()]);
      cursor.skipBlanks();
    }
    if (!cursor.startsWith('}')) cursor.expect(',', '"," or "}"');
  }
}

function readName(cursor: Cursor, colons: boolean): string {
  const start = cursor.position;
  const name = cursor.startsWith('"') ? cursor.quoted() : cursor.name(colons);
  if (name === '') cursor.fail('expected a name', start);
  return name;
}

function addSample(sample: TextSample, cursor: Cursor, families: Map<string, TextFamily>): void {
  const suffix = distributionSuffixes.find((end) => sample.name.endsWith(end));
  const base = suffix === undefined ? undefined : families.get(sample.name.slice(0, -suffix.length));
  if (suffix !== undefined && base?.owns(suffix)) base.add(suffix, sample, cursor);
  else familyFor(sample.name, families).add('', sample, cursor);
}

function familyFor(name: string, families: Map<string, TextFamily>): TextFamily {
  const known = families.get(name);
  if (known !== undefined) return known;
  const family = new TextFamily(name);
  families.set(name, family);
  return family;
}
