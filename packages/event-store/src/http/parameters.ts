import { isUtf8 } from 'node:buffer';
import type { Context } from 'hono';
import { StoreError } from '../errors.ts';
import { checkEventType, checkLevels, checkName, defaultTenant } from '../event.ts';

const timePattern = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/i;

/** A moment as RFC 3339 in Unix milliseconds; without a zone it is UTC. Throws StoreError `invalid`. */
export function parseTime(value: unknown, name: string): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const [text, time, , , zone] = (typeof value === 'string' && timePattern.exec(value)) || [];
  const milliseconds = Date.parse(time !== undefined && zone === undefined ? `${text}Z` : (text ?? ''));
  if (Number.isNaN(milliseconds) || !isDay(text!.slice(0, 10))) {
    throw invalid(`${name} is a time such as 2026-01-31T12:00:00Z; the + of a zone is %2B in a URL`);
  }
  return milliseconds;
}

/** Whether the month of a date such as `2026-02-28` has that day; `Date.parse` goes on to the next month. */
function isDay(date: string): boolean {
  return new Date(`${date}T00:00:00Z`).getUTCDate() === Number(date.slice(8));
}

/** What a query parameter switches on or off. Throws StoreError `invalid`. */
export function queryFlag(context: Context, name: string): boolean | undefined {
  const value = context.req.query(name);
  if (value === undefined || value === 'true' || value === 'false') return value && value === 'true';
  throw invalid(`${name} is true or false`);
}

/** A whole number within bounds. Throws StoreError `invalid`. */
export function parseInteger(value: unknown, name: string, bounds: IntegerBounds): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const number = typeof value === 'number' ? value : Number(value);
  if (!Number.isSafeInteger(number) || number < bounds.minimum || number > (bounds.maximum ?? number)) {
    const upTo = bounds.maximum === undefined ? '' : ` to ${bounds.maximum}`;
    throw invalid(`${name} is a whole number from ${bounds.minimum}${upTo}`);
  }
  return number;
}

export interface IntegerBounds {
  readonly minimum: number;
  readonly maximum?: number;
}

/** The tenant that a request is about. Throws StoreError `invalid`. */
export function tenantOf(context: Context): string {
  return checkName(context.req.query('tenant_id') ?? defaultTenant, 'tenant_id');
}

/** An entity id in the query, if there is one. */
export function queryEntity(context: Context): string | undefined {
  const value = context.req.query('entity_id');
  return value === undefined ? undefined : checkName(value, 'entity_id');
}

/** An event type in the query, if there is one. */
export function queryEventType(context: Context, name = 'event_type'): string | undefined {
  const value = context.req.query(name);
  if (value !== undefined) checkEventType(value);
  return value;
}

type Fields = Readonly<Record<string, unknown>>;

/** The body as a JSON object; an empty one is `{}` where that is allowed. Throws StoreError. */
export async function jsonBody(
  context: Context,
  { optional = false }: { readonly optional?: boolean } = {},
): Promise<Fields> {
  const text = await bodyText(context);
  if (optional && text.trim() === '') return {};
  checkContentType(context);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(`the body is no valid JSON: ${(error as Error).message}`);
  }
  checkLevels(text, 'the body');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('the body is a JSON object');
  return value as Fields;
}

/** Throws StoreError `unsupported_media_type` unless the body is said to be JSON. */
export function checkContentType(context: Context): void {
  const type = context.req.header('content-type');
  if (!/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type ?? '')) {
    const sent = type === undefined ? 'without one' : `as ${type}`;
    throw unsupported(`the Content-Type of the body has to be application/json; it was sent ${sent}`);
  }
  const encoding = context.req.header('content-encoding') ?? 'identity';
  if (encoding !== 'identity') throw unsupported(`the Content-Encoding ${encoding} is not supported`);
}

/** The body as text. Throws StoreError `too_large`, or `invalid` when it is no UTF-8. */
export async function bodyText(context: Context, mostBytes: number = Number.POSITIVE_INFINITY): Promise<string> {
  const bytes = Buffer.from(await context.req.arrayBuffer());
  if (bytes.length > mostBytes) throw new StoreError('too_large', `the body is larger than ${mostBytes} bytes`);
  if (!isUtf8(bytes)) throw invalid('the body is no valid UTF-8');
  const text = bytes.toString();
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

/** A text of a body, if it is there. Throws StoreError `invalid`. */
export function optionalText(value: unknown, name: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw invalid(`${name} is a text`);
  return value;
}

/** An entity id of a body, if it is there. */
export function optionalEntity(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : checkName(value, 'entity_id');
}

/** A tenant of a body, if it is there. */
export function optionalTenant(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : checkName(value, 'tenant_id');
}

/** An event type of a body, if it is there. */
export function optionalEventType(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  checkEventType(value);
  return value;
}

function unsupported(message: string): StoreError {
  return new StoreError('unsupported_media_type', message);
}

function invalid(message: string): StoreError {
  return new StoreError('invalid', message);
}
