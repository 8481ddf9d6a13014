import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Snapshot } from '../model.ts';
import { encodingQuality, type Negotiated, negotiate } from '../negotiate.ts';
import { type RenderFormat, renderChunks } from '../render.ts';
import { hasToken } from './guards.ts';
import { HeldBytes } from './held-bytes.ts';
import { allowsMethod, commonHeaders, respondText, respondUnauthorized, writeBody } from './respond.ts';
import { type Rendered, shareRenders } from './shared-render.ts';

/** What can be scraped; a `Registry` is one. */
export interface ScrapeSource {
  /** Whether it may be rendered as OpenMetrics. */
  readonly openMetrics: boolean;
  /** The families to render. What it throws answers the scrape with 500. */
  collect(): Snapshot | Promise<Snapshot>;
}

/** One rendering, which several concurrent scrapes may have shared. */
export interface Scrape {
  readonly format: RenderFormat;
  /** Size of the text, not compressed. */
  readonly bytes: number;
}

export interface ScrapeOptions {
  /** What may be negotiated; the first one answers a request without `Accept`. Default `['text-0.0.4', 'openmetrics']`. */
  readonly formats?: readonly RenderFormat[] | undefined;
  /** Whether OpenMetrics has `_created` lines. Default true. */
  readonly created?: boolean | undefined;
  /** Demands `Authorization: Bearer <token>`. Default none. */
  readonly token?: string | undefined;
  /** A collection that takes longer answers 500. Default 5000. */
  readonly collectTimeoutMs?: number | undefined;
  /** A client that has not read its answer after that many milliseconds is cut off. Default 30 000. */
  readonly responseTimeoutMs?: number | undefined;
  /** Told after each rendering how many seconds collecting and rendering took. */
  readonly onScrape?: ((seconds: number, scrape: Scrape) => void) | undefined;
}

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

const defaultFormats: readonly RenderFormat[] = ['text-0.0.4', 'openmetrics'];
/** Below that, packing costs more than it saves. */
const minGzipBytes = 10_240;
/** What clients that read slowly may hold in memory together, before further scrapes are refused. */
const maxHeldBytes = 67_108_864;

/**
 * Makes a handler for any Node HTTP server that answers GET and HEAD on whatever path it is put with the exposition of
 * `source`: negotiated by `Accept`, gzipped from 10 KB on where accepted, rendered once for concurrent scrapes. It
 * never throws and never rejects; a collection that fails answers 500 with the reason.
 */
export function createScrapeHandler(source: ScrapeSource, options: ScrapeOptions = {}): RequestHandler {
  const shared = (allowUtf8: boolean): Render =>
    shareRenders((format) => timedChunks(source, { format: format as RenderFormat, allowUtf8 }, options));
  const [utf8, escaped] = [shared(true), shared(false)];
  const render = ({ format, allowUtf8 }: Negotiated): Promise<Rendered> => (allowUtf8 ? utf8 : escaped)(format);
  const held = new HeldBytes();
  return (request, response) => {
    if (!allowsMethod(request, response)) return;
    if (options.token !== undefined && !hasToken(request.headers.authorization, options.token)) {
      respondUnauthorized(response);
      return;
    }
    respond(request, response, { source, options, render, held }).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else respondText(response, 500, `Collecting the metrics failed: ${messageOf(error)}\n`);
    });
  };
}

type Render = (format: string) => Promise<Rendered>;

interface Context {
  readonly source: ScrapeSource;
  readonly options: ScrapeOptions;
  readonly render: (negotiated: Negotiated) => Promise<Rendered>;
  readonly held: HeldBytes;
}

async function respond(request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  const { source, options, held } = context;
  if (held.bytes > maxHeldBytes) {
    respondText(response, 503, 'Too many slow scrapes are in progress.\n', { 'retry-after': '10' });
    return;
  }
  const formats = (options.formats ?? defaultFormats).filter(
    (format) => format !== 'openmetrics' || source.openMetrics,
  );
  const negotiated = negotiate(request.headers.accept, formats);
  const rendered = await context.render(negotiated);
  const packs = rendered.bytes >= minGzipBytes && prefersGzip(request);
  const body = packs ? await rendered.gzip() : rendered;
  if (response.destroyed) return;
  response.writeHead(200, {
    ...commonHeaders,
    'content-type': negotiated.contentType,
    'content-length': body.bytes,
    vary: 'Accept, Accept-Encoding',
    ...(packs ? { 'content-encoding': 'gzip' } : {}),
  });
  const release = held.hold(body);
  try {
    await writeBody(response, request.method === 'HEAD' ? [] : body.chunks, options.responseTimeoutMs ?? 30_000);
  } finally {
    release();
  }
}

function prefersGzip(request: IncomingMessage): boolean {
  const header = request.headers['accept-encoding'];
  const accepted = Array.isArray(header) ? header.join(',') : header;
  const gzip = encodingQuality(accepted, 'gzip');
  return gzip > 0 && gzip >= encodingQuality(accepted, 'identity');
}

async function* timedChunks(
  source: ScrapeSource,
  { format, allowUtf8 }: Pick<Negotiated, 'format' | 'allowUtf8'>,
  { created, onScrape, collectTimeoutMs = 5000 }: ScrapeOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const start = performance.now();
  let bytes = 0;
  const snapshot = await within(collectTimeoutMs, source.collect());
  for await (const chunk of renderChunks(snapshot, { format, created, allowUtf8 })) {
    bytes += chunk.length;
    yield chunk;
  }
  try {
    onScrape?.((performance.now() - start) / 1000, { format, bytes });
  } catch {
    // A listener's failure is not the scraper's.
  }
}

async function within<Value>(timeoutMs: number, value: Value | Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took longer than ${timeoutMs} ms`)), timeoutMs).unref();
  });
  try {
    return await Promise.race([value, late]);
  } finally {
    clearTimeout(timer);
  }
}

function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error).slice(0, 500);
  } catch {
    return 'unknown error';
  }
}
