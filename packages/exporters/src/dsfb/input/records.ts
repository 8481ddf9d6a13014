import { type ResidualSample, sampleFault } from '../sample.ts';
import { parseExactJson } from './exact-json.ts';
import { type DatabaseSpan, looksLikeSpan, readSpan } from './span.ts';

/** One record of input: a residual, a database span, or why it is neither. */
export type InputRecord =
  | { readonly kind: 'residual'; readonly sample: ResidualSample }
  | { readonly kind: 'span'; readonly span: DatabaseSpan }
  | { readonly kind: 'fault'; readonly reason: 'invalid' | 'syntax'; readonly message: string };

/**
 * The records of a JSON text: one record, an array of them, or the object `{source, samples: [...]}` of a residual
 * stream. Never throws: what cannot be read is a record of its own.
 */
export function readRecords(text: string): InputRecord[] {
  let document: unknown;
  try {
    document = parseExactJson(text);
  } catch (error) {
    return [{ kind: 'fault', reason: 'syntax', message: `it is no valid JSON: ${(error as Error).message}` }];
  }
  if (Array.isArray(document)) return document.map(readRecord);
  const { samples } = (document ?? {}) as { readonly samples?: unknown };
  return Array.isArray(samples) ? samples.map(readRecord) : [readRecord(document)];
}

function readRecord(record: unknown): InputRecord {
  if (looksLikeSpan(record)) {
    const span = readSpan(record);
    return typeof span === 'string' ? { kind: 'fault', reason: 'invalid', message: span } : { kind: 'span', span };
  }
  const fault = sampleFault(record);
  if (fault !== undefined) return { kind: 'fault', reason: 'invalid', message: fault };
  return { kind: 'residual', sample: record as ResidualSample };
}
