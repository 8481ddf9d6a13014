import type { AgentHost } from './host.ts';

const maximumLength = 200;

/** A model's or tool's name as a label: bounded; what is no text is `unknown` and counted. */
export function nameOf(host: AgentHost, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value.slice(0, maximumLength);
  host.dropped('records', 'invalid_name');
  return 'unknown';
}

/** A name that may be absent. */
export function optionalName(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, maximumLength) : undefined;
}

/** A session id: printable, without line breaks, bounded; `undefined` for what is none. */
export function sessionIdOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const clean = value
    .slice(0, maximumLength)
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '')
    .trim();
  return clean === '' ? undefined : clean;
}
