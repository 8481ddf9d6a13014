import type { Snapshot } from '../model.ts';
import { parseOpenMetrics } from '../parse-openmetrics.ts';

export interface ScrapeRequest {
  /** Default: OpenMetrics 1.0, else anything. */
  readonly accept?: string;
  readonly token?: string;
  /** Default 10 000. */
  readonly timeoutMs?: number;
}

export interface ScrapeResult {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  /** The families, parsed strictly on first use; throws when the answer is no valid OpenMetrics. */
  readonly snapshot: Snapshot;
}

/** Scrapes an endpoint as Prometheus would. Rejects when there is no answer in time; a status of failure is no error. */
export async function scrape(url: string, request: ScrapeRequest = {}): Promise<ScrapeResult> {
  const { accept = 'application/openmetrics-text;version=1.0.0,*/*;q=0.1', token, timeoutMs = 10_000 } = request;
  const headers = { accept, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(timeoutMs) });
  const text = await response.text();
  let parsed: Snapshot | undefined;
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
    text,
    get snapshot() {
      return (parsed ??= parseOpenMetrics(text));
    },
  };
}
