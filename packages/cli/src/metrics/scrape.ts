import { CommandError, UsageError } from '@alex/service';

export interface Scrape {
  readonly text: string;
  readonly contentType: string;
}

export interface ScrapeOptions {
  readonly token?: string | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

const accept = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5';

/** A URL from what people type: `9090`, `localhost:9090`, `http://host:9090/metrics`. Throws UsageError. */
export function endpointUrl(text: string): string {
  const withHost = /^\d+$/.test(text) ? `127.0.0.1:${text}` : text;
  const withScheme = /^https?:\/\//.test(withHost) ? withHost : `http://${withHost}`;
  if (!URL.canParse(withScheme)) throw new UsageError(`${JSON.stringify(text)} is neither a URL nor a port`);
  const url = new URL(withScheme);
  if (url.pathname === '/') url.pathname = '/metrics';
  return url.href;
}

/** Fetches an exposition. Throws CommandError with the reason when nothing useful answers. */
export async function scrape(url: string, { token, timeout, signal }: ScrapeOptions): Promise<Scrape> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      headers: { accept, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]),
    });
    text = await response.text();
  } catch (error) {
    if (signal.aborted) throw error;
    throw new CommandError(`${url} cannot be read: ${reason(error, timeout)}`, { cause: error });
  }
  if (response.ok) return { text, contentType: response.headers.get('content-type') ?? '' };
  const hint = response.status === 401 || response.status === 403 ? ' (does it need --token?)' : '';
  throw new CommandError(`${url} answers ${response.status} ${response.statusText}${hint}`);
}

function reason(error: unknown, timeout: number): string {
  if ((error as Error).name === 'TimeoutError') return `no answer within ${timeout} ms`;
  const { cause } = error as { readonly cause?: NodeJS.ErrnoException };
  if (cause?.code === 'ECONNREFUSED') return 'nothing listens there';
  return cause?.message || cause?.code || (error as Error).message;
}
