import { catalog } from '../catalog.ts';
import type { Key } from './keys.ts';
import { maskUrl } from './mask.ts';

/** A checked value, or what is allowed instead. */
export type Checked =
  | { readonly value: unknown; readonly allowed?: undefined }
  | { readonly value?: undefined; readonly allowed: string };

/** The pattern of an HTTP URL, also used in the JSON Schema. */
export const urlPattern = '^https?://[^\\s/?#]+\\S*$';
/** The pattern of a URL, or of what stands behind `http://` in one. */
export const endpointPattern = '^([hH][tT][tT][pP][sS]?://|(?![a-zA-Z][a-zA-Z0-9+.-]*://))[^\\s/?#]+\\S*$';
/** The pattern of an HTTP header name (RFC 9110, 5.6.2). */
export const headerNamePattern = "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$";
/** The pattern of a header value that can be sent (RFC 9110, 5.5). */
export const headerValuePattern = '^[\\t\\x20-\\x7e\\x80-\\xff]*$';
/** The pattern of a Prometheus label name that is not reserved by a leading `__`. */
export const labelNamePattern = '^(?!__)[A-Za-z_][A-Za-z0-9_]*$';
/** Labels that a constant label may not be named like: the metrics' own. */
export const ownLabelNames: readonly string[] = [
  ...new Set([
    'le',
    'quantile',
    ...Object.values(catalog).flatMap((family): readonly string[] => ('labelNames' in family ? family.labelNames : [])),
  ]),
];
/** The names of a price, those that must be there first. */
export const priceNames: readonly string[] = ['input', 'output', 'cache_read', 'cache_write'];

/** What a key accepts, as the end of the sentence "must be ...". */
export function allowed(key: Key): string {
  switch (key.type) {
    case 'boolean':
      return 'true or false';
    case 'integer':
    case 'number':
      return `${key.type === 'integer' ? 'a whole number' : 'a number'}${range(key)}`;
    case 'choice':
      return `one of ${key.values.join(', ')}`;
    case 'string':
      return 'a text that is not empty; put it in quotes';
    case 'url':
      return 'a URL that starts with http:// or https://';
    case 'endpoint':
      return 'host:port or a URL that starts with http:// or https://';
    case 'buckets':
      return 'a list of positive numbers in ascending order';
    case 'string map':
      return mapAllowed(key);
    case 'pricing':
      return 'a map from model to { input, output, cache_read?, cache_write? }, US dollars per million tokens';
  }
}

function range({ minimum, maximum }: { readonly minimum?: number; readonly maximum?: number }): string {
  if (minimum !== undefined && maximum !== undefined) return ` between ${minimum} and ${maximum}`;
  if (minimum !== undefined) return `, at least ${minimum}`;
  return maximum === undefined ? '' : `, at most ${maximum}`;
}

function mapAllowed(key: Key & { readonly type: 'string map' }): string {
  if (key.labels !== true) return 'a map from header name to text of one line in Latin-1';
  return `a map of at most ${key.maximumEntries} label names to texts; ${ownLabelNames.join(', ')} are taken`;
}

/** Checks a value of the file or of code. The value that comes back is a copy that may be frozen. */
export function check(key: Key, value: unknown): Checked {
  const checked = checkType(key, value);
  return checked === undefined ? { allowed: allowed(key) } : { value: checked };
}

function checkType(key: Key, value: unknown): unknown {
  switch (key.type) {
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'integer':
    case 'number':
      return checkNumber(key, value);
    case 'choice':
      return checkChoice(key, value);
    case 'string':
      return typeof value === 'string' && value !== '' ? value : undefined;
    case 'url':
      return typeof value === 'string' && new RegExp(urlPattern).test(value) && URL.canParse(value) ? value : undefined;
    case 'endpoint':
      return typeof value === 'string' && isEndpoint(value) ? value : undefined;
    case 'buckets':
      return checkBuckets(value);
    case 'string map':
      return checkStringMap(key, value);
    case 'pricing':
      return checkPricing(value);
  }
}

function isEndpoint(text: string): boolean {
  return new RegExp(endpointPattern).test(text) && URL.canParse(/^https?:\/\//i.test(text) ? text : `http://${text}`);
}

function checkNumber(key: Key & { readonly type: 'integer' | 'number' }, value: unknown): number | undefined {
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  if (key.type === 'integer' && !Number.isInteger(value)) return undefined;
  return value >= (key.minimum ?? value) && value <= (key.maximum ?? value) ? value : undefined;
}

function checkChoice(key: Key & { readonly type: 'choice' }, value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const word = key.path === 'logging.level' ? levelName(value) : value;
  return key.values.includes(word) ? word : undefined;
}

/** A log level in the spelling of the configuration: any case, and `warning` for `warn`. */
export function levelName(word: string): string {
  const lower = word.toLowerCase();
  return lower === 'warning' ? 'warn' : lower;
}

function checkBuckets(value: unknown): readonly number[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  let last = 0;
  for (const bound of value) {
    if (typeof bound !== 'number' || !Number.isFinite(bound) || bound <= last) return undefined;
    last = bound;
  }
  return [...value];
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function checkStringMap(key: Key & { readonly type: 'string map' }, value: unknown): object | undefined {
  if (!isMap(value)) return undefined;
  const entries = Object.entries(value);
  if (entries.length > (key.maximumEntries ?? entries.length)) return undefined;
  const namePattern = new RegExp(key.labels === true ? labelNamePattern : headerNamePattern);
  for (const [name, text] of entries) {
    if (typeof text !== 'string' || !namePattern.test(name)) return undefined;
    if (key.labels === true ? ownLabelNames.includes(name) : !new RegExp(headerValuePattern).test(text))
      return undefined;
  }
  return Object.fromEntries(entries);
}

function checkPricing(value: unknown): object | undefined {
  if (!isMap(value)) return undefined;
  for (const price of Object.values(value)) {
    if (!isMap(price) || price['input'] === undefined || price['output'] === undefined) return undefined;
    for (const [name, dollars] of Object.entries(price)) {
      if (!priceNames.includes(name)) return undefined;
      if (typeof dollars !== 'number' || !Number.isFinite(dollars) || dollars < 0) return undefined;
    }
  }
  return structuredClone(value);
}

/** A value as a message shows it: short, and never a secret. */
export function shown(key: Key, value: unknown): string {
  if (key.secret) return 'a value that is not shown';
  let text: string | undefined;
  try {
    text = typeof value === 'bigint' ? `${value}` : JSON.stringify(typeof value === 'string' ? maskUrl(value) : value);
  } catch {
    text = undefined;
  }
  text ??= typeof value;
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}
