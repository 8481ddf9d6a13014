import type { Attributes } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { plainValue } from './plain-value.ts';

/** Longest attribute value, name and status message, characters; the rest is cut off. */
export const valueLengthLimit = 32_768;

const fixedBytes = 320;
const entryBytes = 24;

/**
 * Roughly how many bytes a span takes, stopping at `limit`. Text that was cut is copied, because the engine would keep
 * the whole original alive for the sake of the piece.
 */
export function measureSpan(span: ReadableSpan, limit: number): number {
  let bytes = fixedBytes + span.name.length + (span.status.message?.length ?? 0);
  bytes += measureAttributes(span.attributes, limit - bytes);
  for (const event of span.events) {
    if (bytes > limit) break;
    bytes += entryBytes + event.name.length + measureAttributes(event.attributes, limit - bytes);
  }
  for (const link of span.links) {
    if (bytes > limit) break;
    bytes += 80 + measureAttributes(link.attributes, limit - bytes);
  }
  return bytes;
}

/** At most `valueLengthLimit` characters of a text, as a string of its own. */
export function cut(text: string): string {
  return text.length > valueLengthLimit ? detach(text.slice(0, valueLengthLimit)) : text;
}

/** The SDK copies the attributes of a span, but not what is inside of them. */
function measureAttributes(attributes: Attributes | undefined, limit: number): number {
  if (attributes === undefined) return 0;
  const container: Record<string, unknown> = attributes;
  for (const key of Object.keys(container)) {
    const value = container[key];
    if (typeof value === 'string' && value.length >= valueLengthLimit) container[key] = detach(value);
    else if (typeof value === 'object' && value !== null) container[key] = plainValue(value, cut);
    else if (typeof value === 'bigint' || typeof value === 'symbol') container[key] = String(value);
  }
  return measureEntries(container, limit);
}

function measureEntries(container: Record<string, unknown>, limit: number): number {
  let bytes = 0;
  for (const key of Object.keys(container)) {
    if (bytes > limit) break;
    bytes += entryBytes + key.length + measureValue(container[key], limit - bytes);
  }
  return bytes;
}

function measureValue(value: unknown, limit: number): number {
  if (typeof value === 'string') return value.length;
  if (value instanceof Uint8Array) return value.length;
  if (typeof value === 'object' && value !== null) return measureEntries(value as Record<string, unknown>, limit);
  return 8;
}

function detach(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}
