import type { IncomingMessage, ServerResponse } from 'node:http';
import { negotiate, type RenderFormat } from '@alex/openmetrics';
import { renderDsfb } from '../render.ts';
import type { MetricsSnapshot } from '../snapshot.ts';

export interface DsfbHandlerOptions {
  /** Metadata names of the original in OpenMetrics. Default false. */
  readonly compat?: boolean;
}

/** The formats of DSFB; the first one answers a request that asks for none. */
export const dsfbFormats: readonly RenderFormat[] = ['openmetrics', 'text-0.0.4'];

/**
 * A handler for any Node HTTP server: answers GET and HEAD with the snapshot of that moment, negotiated by `Accept`.
 * It never throws; when `snapshot` does, the answer is 500.
 */
export function createDsfbHandler(
  snapshot: () => MetricsSnapshot,
  options: DsfbHandlerOptions = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    request.resume();
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      answer(response, 405, { allow: 'GET, HEAD', text: `${request.method} is not allowed\n` });
      return;
    }
    const { format, contentType } = negotiate(request.headers.accept, dsfbFormats);
    let text: string;
    try {
      text = renderDsfb(snapshot(), { ...options, format });
    } catch (error) {
      answer(response, 500, { text: `The metrics could not be collected: ${(error as Error)?.message}\n` });
      return;
    }
    answer(response, 200, { contentType, text });
  };
}

interface Answer {
  readonly text: string;
  readonly contentType?: string;
  readonly allow?: string;
}

function answer(response: ServerResponse, status: number, { text, contentType, allow }: Answer): void {
  const body = Buffer.from(text);
  response.writeHead(status, {
    'Content-Type': contentType ?? 'text/plain; charset=utf-8',
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
    Vary: 'Accept',
    ...(allow !== undefined && { Allow: allow }),
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
