import type { MetricFamily, Snapshot } from './model.ts';
import { Cursor, quote } from './parse-cursor.ts';
import { OpenMetricsSyntaxError } from './parse-error.ts';
import { FamilyBuilder } from './parse-family.ts';
import type { Sample } from './parse-sample.ts';
import { readFamilyName, readSample } from './parse-sample.ts';
import { isMetricType, reservedSuffix, sampleSuffixes } from './parse-types.ts';

/**
 * Reads OpenMetrics 1.0 text (https://prometheus.io/docs/specs/om/open_metrics_spec/) by all of its rules, and beyond
 * it the quoted names of Prometheus 3 (`{"a.b",c="d"} 1`). Families and series keep their order and are arrays; the
 * labels of an info metric all come back in its `info`; several points of a series come back as several series with
 * timestamps. Linear in the length of the text. Throws `OpenMetricsSyntaxError` at the first violation.
 */
export function parseOpenMetrics(text: string): { readonly families: readonly MetricFamily[] } & Snapshot {
  const parser = new Parser();
  let line = 1;
  let start = 0;
  for (; start < text.length; line++) {
    let end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    const cursor = new Cursor(text.slice(start, end), line);
    if (parser.ended) cursor.fail('nothing follows "# EOF"');
    parser.readLine(cursor);
    start = end + 1;
  }
  if (!parser.ended) throw new OpenMetricsSyntaxError('the text ends without "# EOF"', line, 1);
  return { families: parser.families };
}

class Parser {
  readonly families: MetricFamily[] = [];
  ended = false;
  #family: FamilyBuilder | undefined;
  /** The line that the family began on. */
  #opening: Cursor | undefined;
  readonly #names = new Set<string>();
  /** Every sample name that a family may use, with that family. */
  readonly #sampleNames = new Map<string, string>();

  readLine(cursor: Cursor): void {
    if (cursor.text === '# EOF') {
      this.#closeFamily();
      this.ended = true;
    } else if (cursor.startsWith('#')) this.#readMetadata(cursor);
    else if (cursor.atEnd) cursor.fail('empty lines are not allowed');
    else this.#addSample(readSample(cursor));
  }

  #readMetadata(cursor: Cursor): void {
    const kind = (['TYPE', 'HELP', 'UNIT'] as const).find((word) => cursor.take(`# ${word} `));
    if (kind === undefined) cursor.fail('a comment is "# TYPE", "# HELP" or "# UNIT" with a name, or "# EOF"');
    const start = cursor.position;
    const name = readFamilyName(cursor);
    if (this.#family?.name !== name) this.#openFamily(name, cursor, start);
    const family = this.#family!;
    if (family.hasSamples) cursor.fail(`the metadata of ${quote(name)} stands before its samples`, 0);
    if (kind === 'HELP') readHelp(family, cursor);
    else if (kind === 'TYPE') readType(family, cursor);
    else readUnit(family, cursor);
    checkUnit(family, cursor);
  }

  #addSample(sample: Sample): void {
    const { name, cursor } = sample;
    let family = this.#family;
    if (!family?.owns(name)) {
      if (family?.type !== undefined) {
        const suffix = reservedSuffix(family.name, name);
        if (suffix !== undefined) cursor.fail(wrongSuffix(family, name), 0);
      }
      family = this.#openFamily(name, cursor, 0);
    }
    family.add(sample);
  }

  #openFamily(name: string, cursor: Cursor, position: number): FamilyBuilder {
    this.#closeFamily();
    if (this.#names.has(name)) {
      cursor.fail(`the family ${quote(name)} was complete: a family occurs once and is not interleaved`, position);
    }
    this.#names.add(name);
    this.#opening = cursor;
    this.#family = new FamilyBuilder(name);
    return this.#family;
  }

  #closeFamily(): void {
    const family = this.#family;
    if (family === undefined) return;
    for (const suffix of new Set(['', ...family.suffixes])) {
      const name = family.name + suffix;
      const other = this.#sampleNames.get(name);
      if (other !== undefined) {
        this.#opening!.fail(
          `the families ${quote(other)} and ${quote(family.name)} both claim the name ${quote(name)}`,
          0,
        );
      }
      this.#sampleNames.set(name, family.name);
    }
    this.families.push(family.finish());
    this.#family = undefined;
  }
}

function readHelp(family: FamilyBuilder, cursor: Cursor): void {
  if (family.help !== undefined) cursor.fail(`${quote(family.name)} has a second HELP`, 0);
  cursor.expect(' ', 'a space and a help text');
  family.help = cursor.helpText(true);
}

function readType(family: FamilyBuilder, cursor: Cursor): void {
  if (family.type !== undefined) cursor.fail(`${quote(family.name)} has a second TYPE`, 0);
  cursor.expect(' ', 'a space and a type');
  const type = cursor.text.slice(cursor.position);
  if (!isMetricType(type)) cursor.fail(`unknown type ${quote(type)}: one of ${Object.keys(sampleSuffixes).join(', ')}`);
  family.type = type;
}

function readUnit(family: FamilyBuilder, cursor: Cursor): void {
  if (family.unit !== undefined) cursor.fail(`${quote(family.name)} has a second UNIT`, 0);
  cursor.expect(' ', 'a space and a unit');
  const start = cursor.position;
  const unit = cursor.text.slice(start);
  if (unit !== '' && unit !== family.name && !family.name.endsWith(`_${unit}`)) {
    cursor.fail(`the name ${quote(family.name)} does not end in its unit ${quote(`_${unit}`)}`, start);
  }
  family.unit = unit;
}

function checkUnit(family: FamilyBuilder, cursor: Cursor): void {
  if (family.unit && (family.type === 'info' || family.type === 'stateset')) {
    cursor.fail(`${quote(family.name)} is of type ${family.type} and so has no unit`, 0);
  }
}

function wrongSuffix(family: FamilyBuilder, name: string): string {
  if (family.type === 'counter' && family.name === name && name.endsWith('_total')) {
    return `the metadata of a counter names it without "_total": ${quote(name.slice(0, -'_total'.length))}`;
  }
  const allowed = family.suffixes.map((suffix) => quote(family.name + suffix)).join(', ');
  return `${quote(name)} is no sample of the ${family.type} ${quote(family.name)}, which has: ${allowed}`;
}
