import type { FamilyDeclaration, TranslationStrategy } from './declaration.ts';
import type { Label } from './model.ts';
import { cleanUnit, unitSuffixes } from './units.ts';

/** What a declaration is called on the wire. */
export interface WireName {
  /** The family's name: without `_total` and `_info`, with its unit. */
  readonly name: string;
  /** As `# UNIT` prints it; empty when the name does not end in it. */
  readonly unit: string;
  /** The whole name of a counter whose samples do not end in `_total`. */
  readonly sampleName?: string | undefined;
}

type Named = Pick<FamilyDeclaration, 'type' | 'name' | 'unit' | 'literal'>;

const legalMetricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const legalLabelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Whether a metric name needs no quotes in the text formats. */
export function isLegalMetricName(name: string): boolean {
  return legalMetricName.test(name);
}

/** Whether a label name needs no quotes in the text formats. */
export function isLegalLabelName(name: string): boolean {
  return legalLabelName.test(name);
}

/** A metric name with underscores for the characters that need quotes, as Prometheus escapes it for older clients. */
export function escapeMetricName(name: string): string {
  return isLegalMetricName(name) ? name : name.replace(/[^a-zA-Z0-9_:]/gu, '_').replace(/^[0-9]/, '_');
}

/** Labels whose names need no quotes; names that become equal stay apart by further underscores. */
export function withLegalNames(labels: readonly Label[]): readonly Label[] {
  const taken = new Set(labels.map(([name]) => name).filter(isLegalLabelName));
  return labels.map(([name, value]) => {
    if (isLegalLabelName(name)) return [name, value];
    let legal = name.replace(/[^a-zA-Z0-9_]/gu, '_').replace(/^[0-9]/, '_') || '_';
    while (taken.has(legal)) legal += '_';
    taken.add(legal);
    return [legal, value];
  });
}

/**
 * Names a family as Prometheus 3 does on its OTLP endpoint (prometheus/otlptranslator), or leaves a literal name alone.
 * Returns an empty name when nothing of it is left.
 */
export function translateName(declared: Named, strategy: TranslationStrategy): WireName {
  const { type } = declared;
  // OpenMetrics 1.0: an info and a state set have no unit.
  const declaration = type === 'info' || type === 'stateset' ? { ...declared, unit: '' } : declared;
  const full = declaration.literal === true ? declaration.name : fullName(declaration, strategy);
  const suffix = type === 'counter' ? '_total' : type === 'info' ? '_info' : '';
  const stripped = suffix !== '' && full.endsWith(suffix) && full.length > suffix.length;
  const name = stripped ? full.slice(0, -suffix.length) : full;
  const unit = unitOf(declaration.unit ?? '', name);
  return type === 'counter' && !stripped ? { name, unit, sampleName: full } : { name, unit };
}

/** Names a label: characters that Prometheus does not know become underscores, unless the strategy allows UTF-8. */
export function translateLabelName(name: string, strategy: TranslationStrategy): string {
  if (strategy === 'NoUTF8EscapingWithSuffixes' || strategy === 'NoTranslation') {
    return name;
  }
  const escaped = name.replace(/[^a-zA-Z0-9_]/gu, '_');
  if (/^[0-9]/.test(escaped)) {
    return `key_${escaped}`;
  }
  return /^_[^_]/.test(escaped) ? `key${escaped}` : escaped;
}

function fullName(declaration: Named, strategy: TranslationStrategy): string {
  switch (strategy) {
    case 'UnderscoreEscapingWithSuffixes':
      return escapedWithSuffixes(declaration);
    case 'UnderscoreEscapingWithoutSuffixes':
      return startLegally(
        declaration.name
          .split(/[^a-zA-Z0-9:_]+/)
          .filter(Boolean)
          .join('_'),
      );
    case 'NoUTF8EscapingWithSuffixes':
      return unescapedWithSuffixes(declaration);
    case 'NoTranslation':
      return declaration.name;
  }
}

function escapedWithSuffixes({ name, unit = '', type }: Named): string {
  let tokens = name.split(/[^a-zA-Z0-9:]+/).filter(Boolean);
  const suffixes = unitSuffixes(unit);
  const main = cleanUnit(suffixes.main);
  const per = cleanUnit(suffixes.per);
  const missing = [main, per === 'per' ? '' : per].filter((token) => token !== '' && !tokens.includes(token));
  tokens.push(...missing);
  if (type === 'counter') {
    tokens = [...tokens.filter((token) => token !== 'total'), 'total'];
  } else if (type === 'gauge' && unit === '1') {
    tokens = [...tokens.filter((token) => token !== 'ratio'), 'ratio'];
  }
  return startLegally(tokens.join('_'));
}

function unescapedWithSuffixes({ name, unit = '', type }: Named): string {
  const last = type === 'counter' ? 'total' : type === 'gauge' && unit === '1' ? 'ratio' : '';
  const { main, per } = unitSuffixes(unit);
  let result = trimEnd(trimEnd(name, last), per);
  if (main !== '' && !result.endsWith(main)) {
    result += `_${main}`;
  }
  return [result, per, last].filter(Boolean).join('_');
}

/** Takes a word off the end of a name, with the one character before it. */
function trimEnd(name: string, word: string): string {
  return word !== '' && name.endsWith(word) && name.length > word.length + 1 ? name.slice(0, -(word.length + 1)) : name;
}

function startLegally(name: string): string {
  return /^[0-9]/.test(name) ? `_${name}` : name;
}

function unitOf(unit: string, name: string): string {
  const { main, per } = unitSuffixes(unit);
  const words = [cleanUnit(unit === '1' ? 'ratio' : main), cleanUnit(per)].filter(Boolean).join('_');
  return words !== '' && name.endsWith(`_${words}`) ? words : '';
}
