import { isError } from '../errors.ts';
import type { TextRedactor } from './logging.ts';

/** The ids that a line carries without being told. */
export interface LogIds {
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
  readonly sessionId?: string | undefined;
}

/** What a line consists of. `bound` are the fields of a child logger, already redacted. */
export interface LineParts {
  readonly time: string;
  readonly level: string;
  readonly message: unknown;
  readonly bound: Readonly<Record<string, unknown>> | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly ids: LogIds | undefined;
}

/** More fields than any line has on purpose; the rest is left out, so that no object can stop the program for seconds. */
export const maximumFields = 1000;

const ownKeys = new Set(['time', 'level', 'msg']);

/** One field after another, each key once: fields of the call win over those of the logger, and both over the ids. */
export function line(parts: LineParts, format: 'json' | 'text', redact: TextRedactor): string {
  const { fields, bound, ids } = parts;
  const json = format === 'json';
  const field = json ? jsonField : textField;
  let text = json ? `{"time":"${parts.time}","level":"${parts.level}"` : `time=${parts.time} level=${parts.level}`;
  if (parts.message !== undefined) {
    const message = typeof parts.message === 'string' ? redact.redactText(parts.message) : redact.redact(parts.message);
    text += field('msg', message);
  }
  if (bound !== undefined) for (const key in bound) if (!Object.hasOwn(fields, key)) text += field(key, bound[key]);
  for (const key in fields) if (Object.hasOwn(fields, key)) text += field(key, fields[key]);
  if (ids !== undefined) {
    const has = (key: string): boolean =>
      Object.hasOwn(fields, key) || (bound !== undefined && Object.hasOwn(bound, key));
    if (ids.traceId !== undefined && !has('trace_id')) text += field('trace_id', ids.traceId);
    if (ids.spanId !== undefined && !has('span_id')) text += field('span_id', ids.spanId);
    if (ids.sessionId !== undefined && !has('session_id')) text += field('session_id', ids.sessionId);
  }
  return json ? `${text}}\n` : `${text}\n`;
}

/**
 * The fields of one call or one child logger, safe to be written: redacted, `err` named `error`, and keys that the line
 * itself has moved out of the way.
 */
export function safeFields(fields: object, redact: TextRedactor): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  // Every byte would be a field, and the engine would list them all first.
  if (ArrayBuffer.isView(fields)) return safe;
  let count = 0;
  for (const key in fields) {
    if (!Object.hasOwn(fields, key)) continue;
    if (++count > maximumFields) {
      safe['...'] = '[more]';
      break;
    }
    let value: unknown;
    try {
      value = (fields as Record<string, unknown>)[key];
    } catch {
      value = '[unreadable]';
    }
    if (value === undefined || typeof value === 'function') continue;
    safe[nameOf(key, value, fields)] = typeof value === 'number' ? value : redact.redact(value, key);
  }
  return safe;
}

function nameOf(key: string, value: unknown, fields: object): string {
  if (ownKeys.has(key)) return `${key}_`;
  return key === 'err' && isError(value) && !('error' in fields) ? 'error' : key;
}

function jsonField(key: string, value: unknown): string {
  const content = typeof value === 'number' && Number.isFinite(value) ? value : JSON.stringify(value);
  return `,${JSON.stringify(key)}:${content}`;
}

const plain = /^[^\s"=\\\p{Cc}]+$/u;

function textField(key: string, value: unknown): string {
  const name = key.replace(/[\s"=\p{Cc}]/gu, '_');
  if (typeof value === 'object' && value !== null && 'message' in value && 'stack' in value) {
    const { name: kind, message, stack } = value as { name?: unknown; message: unknown; stack: unknown };
    return `${textField(name, `${kind}: ${message}`)}${stack === undefined ? '' : textField(`${name}.stack`, stack)}`;
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return ` ${name}=${plain.test(text) ? text : JSON.stringify(text)}`;
}
