import type { Finding, LintRule } from './lint-rules.ts';
import type { MetricFamily } from './model.ts';

const prefixes = 'pico nano micro milli centi deci deca hecto kilo kibi mega mebi giga gibi tera tebi peta pebi'.split(
  ' ',
);

/** The base unit for each word that names a unit, in singular. */
const baseUnits: ReadonlyMap<string, string> = new Map(
  Object.entries({
    seconds: ['second', 'minute', 'hour', 'day', 'week'],
    bytes: ['byte', 'bit'],
    celsius: ['fahrenheit', 'rankine'],
    kelvin: ['kelvin'],
    meters: ['meter', 'metre', 'inch', 'yard', 'mile'],
    grams: ['gram', 'pound', 'ounce'],
    joules: ['joule', 'calorie'],
    amperes: ['ampere'],
    volts: ['volt'],
    moles: ['mole'],
    ratio: ['percent', 'percentage'],
  }).flatMap(([base, words]) => words.map((word) => [word, base] as const)),
);

const abbreviations: ReadonlySet<string> = new Set(
  'pct s ms us ns sec secs msec m h d b kb mb gb tb pb kib mib gib tib'.split(' '),
);

const typeWords = ['counter', 'gauge', 'histogram', 'summary'];
const counterSuffixes = ['_total', '_created'];
const distributionSuffixes = ['_bucket', '_count', '_sum', '_gcount', '_gsum'];

/** What is wrong with the name and the unit of a family. */
export function* nameFindings(family: MetricFamily): Generator<Finding> {
  const { name, type, unit } = family;
  const finding = (rule: LintRule, message: string): Finding => ({ rule, family: name, message });
  const parts = name.split('_');

  if (!isPlainName(name))
    yield finding('valid-name', 'the name has characters other than letters, digits and underscores');
  if (/[A-Z]/.test(name)) yield finding('snake-case', 'the name has capitals; it is written in snake_case');

  const suffix = [...counterSuffixes, ...distributionSuffixes, ...(type === 'info' ? ['_info'] : [])].find((end) =>
    name.endsWith(end),
  );
  if (suffix !== undefined)
    yield finding(
      'reserved-suffix',
      `the suffix ${suffix} does not belong on a ${type}: ${suffixAdvice(type, suffix)}`,
    );

  if (family.type === 'counter' && family.sampleName !== undefined) {
    yield finding('counter-suffix', `the counter ${family.sampleName} does not end in _total`);
  }

  for (const part of parts) {
    const base = baseUnitFor(part);
    if (base !== undefined) yield finding('base-unit', `use the base unit ${base} instead of ${part}`);
    else if (abbreviations.has(part)) yield finding('abbreviated-unit', `the unit ${part} is abbreviated`);
    else if (typeWords.includes(part)) yield finding('type-in-name', `the name contains the type word ${part}`);
  }

  if (unit === '') return;
  if (type === 'info' || type === 'stateset')
    yield finding('unit-suffix', `a family of type ${type} has no unit, not ${unit}`);
  else if (name !== unit && !name.endsWith(`_${unit}`))
    yield finding('unit-suffix', `the name does not end in its unit _${unit}`);
}

/** Whether a name needs no quotes on the wire and no colon, which belongs to recording rules. */
export function isPlainName(name: string): boolean {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name);
}

function suffixAdvice(type: MetricFamily['type'], suffix: string): string {
  if (type === 'counter' && suffix === '_total') return 'it is added when the family is rendered';
  return counterSuffixes.includes(suffix) ? 'it marks counters' : 'it marks a part of another type';
}

/** The base unit that `word` should be, or nothing when it is one or no unit at all. */
function baseUnitFor(word: string): string | undefined {
  const prefix = prefixes.find((start) => word.startsWith(start) && word.length > start.length) ?? '';
  const stem = word.slice(prefix.length);
  const singular = stem === 'inches' ? 'inch' : stem.replace(/s$/, '');
  const base = baseUnits.get(stem) ?? baseUnits.get(singular);
  if (base === undefined || (prefix === '' && isBase(stem, base))) return undefined;
  return base;
}

function isBase(word: string, base: string): boolean {
  return word === base || `${word}s` === base || (base === 'meters' && /^metres?$/.test(word));
}
