import type { RenderFormat } from './render.ts';

/** What a client gets. */
export interface Negotiated {
  readonly format: RenderFormat;
  /** Whether names may be quoted UTF-8 (`escaping=allow-utf-8`); otherwise other characters become underscores. */
  readonly allowUtf8: boolean;
  /** The value of the `Content-Type` header. */
  readonly contentType: string;
}

interface Format {
  readonly type: string;
  readonly subtype: string;
  readonly version: string;
}

interface MediaRange {
  readonly type: string;
  readonly subtype: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
  readonly position: number;
}

interface Match {
  readonly format: RenderFormat;
  readonly range: MediaRange;
  readonly specificity: number;
}

const formats: Readonly<Record<RenderFormat, Format>> = {
  openmetrics: { type: 'application', subtype: 'openmetrics-text', version: '1.0.0' },
  'text-0.0.4': { type: 'text', subtype: 'plain', version: '0.0.4' },
};

const maxRanges = 64;

/**
 * Chooses among `allowed` by an `Accept` header (RFC 9110 12.5.1): by q-value, then by what the client names
 * precisely and first, then by the order of `allowed`. A range with another `version` does not match. Whoever asks
 * for nothing, for anything or for something else gets the first of `allowed`; a malformed header never throws.
 */
export function negotiate(accept: string | undefined, allowed: readonly RenderFormat[]): Negotiated {
  const ranges = parseAccept(accept ?? '');
  const matches = allowed.flatMap((format) => bestMatch(format, ranges) ?? []);
  const best = matches.filter(({ range }) => range.quality > 0).sort(byPreference)[0];
  const rejected = new Set(matches.filter(({ range }) => range.quality === 0).map(({ format }) => format));
  const fallback = allowed.find((format) => !rejected.has(format)) ?? allowed[0] ?? 'text-0.0.4';
  return answer(best?.format ?? fallback, best?.range.parameters.get('escaping'));
}

/** The q-value of `coding` in an `Accept-Encoding` header; 0 when it is refused or not named. */
export function encodingQuality(acceptEncoding: string | undefined, coding: string): number {
  const items = split(acceptEncoding ?? '', ',')
    .slice(0, maxRanges)
    .map(parseItem);
  const named = items.find(({ name }) => name === coding) ?? items.find(({ name }) => name === '*');
  return named === undefined ? 0 : (quality(named.parameters) ?? 0);
}

function answer(format: RenderFormat, escaping: string | undefined): Negotiated {
  const { type, subtype, version } = formats[format];
  const allowUtf8 = escaping === 'allow-utf-8';
  const parameter = allowUtf8 ? '; escaping=allow-utf-8' : escaping === 'underscores' ? '; escaping=underscores' : '';
  return { format, allowUtf8, contentType: `${type}/${subtype}; version=${version}; charset=utf-8${parameter}` };
}

function bestMatch(format: RenderFormat, ranges: readonly MediaRange[]): Match | undefined {
  const matches = ranges.flatMap((range) => {
    const specificity = specificityOf(range, formats[format]);
    return specificity === undefined ? [] : [{ format, range, specificity }];
  });
  const highest = Math.max(...matches.map(({ specificity }) => specificity));
  return matches.filter(({ specificity }) => specificity === highest).sort(byPreference)[0];
}

/** 0 for any type, 1 for the type, 2 for the subtype, 3 with its version; `undefined` for no match. */
function specificityOf(range: MediaRange, format: Format): number | undefined {
  if (range.type === '*' && range.subtype === '*') return 0;
  if (range.type !== format.type) return undefined;
  if (range.subtype === '*') return 1;
  if (range.subtype !== format.subtype) return undefined;
  const version = range.parameters.get('version');
  if (version === undefined) return 2;
  return version === format.version ? 3 : undefined;
}

function byPreference(a: Match, b: Match): number {
  const named = Math.min(b.specificity, 2) - Math.min(a.specificity, 2);
  return b.range.quality - a.range.quality || named || a.range.position - b.range.position;
}

function parseAccept(header: string): readonly MediaRange[] {
  const ranges: MediaRange[] = [];
  for (const [position, item] of split(header, ',').slice(0, maxRanges).entries()) {
    const { name, parameters } = parseItem(item);
    const [type = '', subtype = ''] = name.split('/');
    const q = quality(parameters);
    if (type !== '' && subtype !== '' && q !== undefined)
      ranges.push({ type, subtype, parameters, quality: q, position });
  }
  return ranges;
}

function parseItem(item: string): { readonly name: string; readonly parameters: ReadonlyMap<string, string> } {
  const [name = '', ...rest] = split(item, ';');
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const equals = parameter.indexOf('=');
    if (equals < 0) continue;
    const value = parameter.slice(equals + 1).trim();
    parameters.set(parameter.slice(0, equals).trim().toLowerCase(), unquote(value).toLowerCase());
  }
  return { name: name.trim().toLowerCase(), parameters };
}

/** 1 without a `q`, nothing for a malformed one: what carries it is ignored. */
function quality(parameters: ReadonlyMap<string, string>): number | undefined {
  const text = parameters.get('q');
  if (text === undefined) return 1;
  return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text) ? Number(text) : undefined;
}

function unquote(value: string): string {
  if (!value.startsWith('"')) return value;
  return value.slice(1, value.endsWith('"') && value.length > 1 ? -1 : undefined).replaceAll('\\', '');
}

/** Splits outside of double quotes. */
function split(text: string, separator: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let position = 0; position < text.length; position++) {
    const character = text[position];
    if (character === '\\' && quoted) position++;
    else if (character === '"') quoted = !quoted;
    else if (character === separator && !quoted) {
      parts.push(text.slice(start, position));
      start = position + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}
