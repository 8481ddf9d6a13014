import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

export const commonHeaders: OutgoingHttpHeaders = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** Answers with a line of plain text. Does nothing when an answer has begun. */
export function respondText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: OutgoingHttpHeaders = {},
): void {
  if (response.headersSent || response.destroyed) return;
  const body = Buffer.from(text);
  const common = { ...commonHeaders, 'content-type': 'text/plain; charset=utf-8', 'content-length': body.length };
  response.writeHead(status, { ...common, ...headers });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** Whether the method is GET or HEAD; otherwise answers 405. */
export function allowsMethod(request: IncomingMessage, response: ServerResponse): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return true;
  respondText(response, 405, 'Only GET and HEAD are allowed.\n', { allow: 'GET, HEAD', connection: 'close' });
  return false;
}

/** Answers that the token is missing or wrong. */
export function respondUnauthorized(response: ServerResponse): void {
  respondText(response, 401, 'A bearer token is required.\n', { 'www-authenticate': 'Bearer realm="metrics"' });
}

/** Writes a body as fast as it is read; gives up when the client goes or is not done after `deadlineMs`. */
export async function writeBody(
  response: ServerResponse,
  chunks: readonly Uint8Array[],
  deadlineMs: number,
): Promise<void> {
  const timer = setTimeout(() => response.destroy(), deadlineMs).unref();
  try {
    for (const chunk of chunks) {
      if (response.destroyed) return;
      if (!response.write(chunk)) await drained(response);
    }
    response.end();
    await closed(response);
  } finally {
    clearTimeout(timer);
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}

function closed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed || response.writableFinished) resolve();
    else response.once('close', resolve);
  });
}
