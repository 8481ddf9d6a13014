import { setImmediate as turn } from 'node:timers/promises';
import { isJson } from '../../is-json.ts';
import { type AlecEngine, type ComputedSnapshot, maximumChannels, type Sample } from '../engine/engine.ts';

/** One line of a body: a sample or what another engine has computed. */
type IngestItem =
  | { readonly kind: 'sample'; readonly sample: Sample }
  | { readonly kind: 'snapshot'; readonly snapshot: ComputedSnapshot };

/** What became of a body; lines before a bad one were taken. */
export interface IngestResult {
  readonly status: 202 | 400 | 413 | 503;
  readonly accepted: number;
  readonly error?: string;
  readonly line?: number;
}

class IngestError extends Error {
  readonly status: 400 | 413;

  constructor(message: string, status: 400 | 413 = 400) {
    super(message);
    this.status = status;
  }
}

const maximumNameCharacters = 256;
/** Of a date. Stamps in nanoseconds are beyond it; taken once, they would make every right one go backwards. */
const lastMoment = 8.64e15;

/** Rows are taken for so long before the event loop turns. */
const sliceMs = 20;
/** Well before the request itself is ended, which could not tell what was taken. */
const defaultTimeoutMs = 20_000;

type Target = Pick<AlecEngine, 'observe' | 'observeSnapshot' | 'lastTimestampMs'>;

/** Takes bodies one after another, in the order of the calls: their rows never mix. */
export function ingestInTurn(
  engine: Target,
  { timeoutMs = defaultTimeoutMs }: { readonly timeoutMs?: number } = {},
): (body: string) => Promise<IngestResult> {
  let last: Promise<unknown> = Promise.resolve();
  return (body) => {
    const deadlineMs = performance.now() + timeoutMs;
    const result = last.then(() => ingest(body, engine, deadlineMs));
    last = result.catch(() => {});
    return result;
  };
}

/** Feeds the engine with a body: one JSON object, or one on each line. Lets the event loop turn now and then. */
export async function ingest(
  body: string,
  engine: Target,
  deadlineMs: number = Number.POSITIVE_INFINITY,
): Promise<IngestResult> {
  let accepted = 0;
  let startedMs = performance.now();
  for (const { text, line } of itemsOf(body)) {
    if (performance.now() > deadlineMs) {
      return { status: 503, accepted, line, error: `line ${line}: the time was up; send it and what follows again` };
    }
    try {
      const item = parseIngestItem(text);
      const { timestampMs } = item.kind === 'sample' ? item.sample : item.snapshot;
      if (timestampMs < engine.lastTimestampMs) {
        throw new IngestError(`time goes backwards, from ${engine.lastTimestampMs} to ${timestampMs}`);
      }
      const taken = item.kind === 'sample' ? engine.observe(item.sample) : engine.observeSnapshot(item.snapshot);
      if (!taken) throw tooManyChannels();
      accepted++;
      if (performance.now() - startedMs >= sliceMs) {
        await turn();
        startedMs = performance.now();
      }
    } catch (error) {
      const status = error instanceof IngestError ? error.status : 400;
      return { status, accepted, line, error: `line ${line}: ${(error as Error).message}` };
    }
  }
  return accepted === 0
    ? { status: 400, accepted, line: 1, error: 'line 1: there is nothing' }
    : { status: 202, accepted };
}

function tooManyChannels(): IngestError {
  return new IngestError(`there are more than ${maximumChannels} channels`, 413);
}

/** The lines that are not empty; an object that is spread over several lines is one item. */
function* itemsOf(body: string): Generator<{ readonly text: string; readonly line: number }> {
  const first = /\S[^\n]*/.exec(body);
  if (first !== null && !isJson(first[0]) && isJson(body)) {
    yield { text: body, line: body.slice(0, first.index).split('\n').length };
    return;
  }
  let line = 1;
  for (let start = 0; start < body.length; line++) {
    const end = body.indexOf('\n', start);
    const text = body.slice(start, end === -1 ? undefined : end).trim();
    if (text !== '') yield { text, line };
    if (end === -1) return;
    start = end + 1;
  }
}

/** Reads one JSON object. Throws Error that says what is wrong with it. */
function parseIngestItem(text: string): IngestItem {
  const found: unknown = JSON.parse(text);
  if (!isObject(found)) throw new IngestError('there is no JSON object');
  const timestampMs = numberOf(found, 'timestamp_ms');
  if (timestampMs === undefined || timestampMs < 0) throw new IngestError('timestamp_ms must be a number, 0 or more');
  if (timestampMs > lastMoment) {
    throw new IngestError(`timestamp_ms must be milliseconds, but ${timestampMs} is beyond the year 275760`);
  }
  return 'values' in found ? sampleOf(timestampMs, found) : snapshotOf(timestampMs, found);
}

type JsonObject = Readonly<Record<string, unknown>>;

function sampleOf(timestampMs: number, { values, payload_base64: payload }: JsonObject): IngestItem {
  if (!isObject(values)) throw new IngestError('values must be an object of channels and numbers');
  const entries = Object.entries(values);
  if (entries.length > maximumChannels) throw tooManyChannels();
  for (const [channel, value] of entries) {
    checkName(channel);
    if (value !== null && (typeof value !== 'number' || !Number.isFinite(value))) {
      throw new IngestError(`the value of ${JSON.stringify(channel)} must be a number or null`);
    }
  }
  const sample = { timestampMs, values: values as Readonly<Record<string, number | null>> };
  if (payload === undefined) return { kind: 'sample', sample };
  if (typeof payload !== 'string') throw new IngestError('payload_base64 must be text');
  return { kind: 'sample', sample: { ...sample, payload: Buffer.from(payload, 'base64') } };
}

function snapshotOf(timestampMs: number, found: JsonObject): IngestItem {
  const payloadEntropy = numberOf(found, 'h_bytes');
  if (payloadEntropy === undefined) throw new IngestError('there is neither values nor h_bytes');
  const optional = {
    totalCorrelation: numberOf(found, 'tc'),
    jointEntropy: numberOf(found, 'h_joint'),
    resilience: numberOf(found, 'r'),
  };
  const given = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
  return {
    kind: 'snapshot',
    snapshot: { timestampMs, payloadEntropy, channels: channelsOf(found['channels']), ...given },
  };
}

function channelsOf(found: unknown): { id: string; entropy: number }[] {
  if (found === undefined) return [];
  if (!Array.isArray(found)) throw new IngestError('channels must be a list of {"id", "h"}');
  if (found.length > maximumChannels) throw tooManyChannels();
  return found.map((each: unknown) => {
    const id = isObject(each) ? each['id'] : undefined;
    const entropy = isObject(each) ? numberOf(each, 'h') : undefined;
    if (typeof id !== 'string' || entropy === undefined)
      throw new IngestError('channels must be a list of {"id", "h"}');
    checkName(id);
    return { id, entropy };
  });
}

function checkName(channel: string): void {
  if (channel === '' || channel.length > maximumNameCharacters) {
    throw new IngestError(`the name of a channel has 1 to ${maximumNameCharacters} characters`);
  }
}

function numberOf(found: JsonObject, key: string): number | undefined {
  const value = found[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new IngestError(`${key} must be a number`);
  return value;
}

function isObject(found: unknown): found is JsonObject {
  return typeof found === 'object' && found !== null && !Array.isArray(found);
}
