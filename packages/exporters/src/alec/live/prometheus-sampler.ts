/** Why a query gave no reading. */
export type QueryFailure = 'query_failed' | 'no_series' | 'several_series' | 'not_finite';

export interface PrometheusSource {
  /** Root of a Prometheus, for instance `http://127.0.0.1:9090`; user and password in it become Basic authentication. */
  readonly url: string;
  /** Channel to PromQL. */
  readonly queries: Readonly<Record<string, string>>;
  readonly intervalMs: number;
  /** Receives a row for each interval; null where a query gave no single number. */
  onRow(timestampMs: number, values: Readonly<Record<string, number | null>>): void;
  onFailure(failure: QueryFailure, channel: string, detail: string): void;
}

const longestAnswer = 4 * 1024 * 1024;

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data?: { readonly resultType: string; readonly result: readonly unknown[] };
}

/**
 * Asks every query once per interval until the signal aborts; each gets half of the interval. Never rejects: what fails is a
 * missing reading. An interval that passed meanwhile is left out.
 */
export async function samplePrometheus(source: PrometheusSource, signal: AbortSignal): Promise<void> {
  const { intervalMs } = source;
  let nextMs = performance.now();
  while (!signal.aborted) {
    const timestampMs = Date.now();
    const values = await sampleOnce(source, signal);
    if (signal.aborted) return;
    source.onRow(timestampMs, values);
    if (signal.aborted) return;
    const nowMs = performance.now();
    nextMs += intervalMs * Math.max(1, Math.ceil((nowMs - nextMs) / intervalMs));
    await sleep(nextMs - nowMs, signal);
  }
}

async function sampleOnce(source: PrometheusSource, signal: AbortSignal): Promise<Record<string, number | null>> {
  const readings = Object.entries(source.queries).map(async ([channel, query]) => {
    try {
      const value = await ask(source, query, AbortSignal.any([signal, AbortSignal.timeout(source.intervalMs / 2)]));
      if (typeof value === 'number') return [channel, value] as const;
      if (!signal.aborted) source.onFailure(value, channel, query);
    } catch (error) {
      if (!signal.aborted) source.onFailure('query_failed', channel, reasonOf(error as Error));
    }
    return [channel, null] as const;
  });
  return Object.fromEntries(await Promise.all(readings));
}

async function ask({ url }: PrometheusSource, query: string, signal: AbortSignal): Promise<number | QueryFailure> {
  const target = new URL(`${url.replace(/\/+$/, '')}/api/v1/query`);
  const headers: Record<string, string> = {};
  if (target.username !== '') {
    const credentials = `${decodeURIComponent(target.username)}:${decodeURIComponent(target.password)}`;
    headers['Authorization'] = `Basic ${Buffer.from(credentials).toString('base64')}`;
    target.username = '';
    target.password = '';
  }
  // One series is wanted and a second one is an error: a Prometheus that knows the limit sends no more.
  const body = new URLSearchParams({ query, limit: '2' });
  const response = await fetch(target, { method: 'POST', headers, body, signal });
  const answer = answerOf(await textOf(response));
  if (answer?.status !== 'success' || answer.data === undefined) {
    throw new Error(answer?.error ?? `status ${response.status}, and no answer of a Prometheus`);
  }
  const { resultType, result } = answer.data;
  if (resultType === 'scalar') return finite(Number(result[1]));
  if (resultType !== 'vector') throw new Error(`the query gives a ${resultType}, not one number`);
  if (result.length !== 1) return result.length === 0 ? 'no_series' : 'several_series';
  const { value } = result[0] as { value?: readonly [number, string] };
  if (value === undefined) throw new Error('the query gives a histogram, not one number');
  return finite(Number(value[1]));
}

/** The body of an answer. Rejects for one that is too long: one number is wanted. */
async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > longestAnswer) throw new Error(`the answer is longer than ${longestAnswer} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** What a Prometheus would say; nothing for any other text. */
function answerOf(text: string): Answer | undefined {
  try {
    return (JSON.parse(text) as Answer | null) ?? undefined;
  } catch {
    return undefined;
  }
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf({ message, cause }: Error): string {
  if (!(cause instanceof Error)) return message;
  return `${message}: ${cause.message || (cause as NodeJS.ErrnoException).code || cause.name}`;
}

function finite(value: number): number | QueryFailure {
  return Number.isFinite(value) ? value : 'not_finite';
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end, { once: true });
  });
}
