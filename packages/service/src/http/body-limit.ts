import type { Context, MiddlewareHandler } from 'hono';

/** Answers 413 to a body of more than so many bytes, whether its length is declared or not; `refused` hears of it. */
export function limitBody(maximumBytes: number, refused?: (path: string) => void): MiddlewareHandler {
  const refuse = (context: Context): Response => {
    refused?.(context.req.path);
    return context.json({ error: `the body is larger than ${maximumBytes} bytes` }, 413, { Connection: 'close' });
  };
  return async function bodyLimit(context, next) {
    // The body of such a request is never read.
    if (context.req.method === 'GET' || context.req.method === 'HEAD') return await next();
    const length = context.req.header('content-length');
    const isChunked = context.req.header('transfer-encoding') !== undefined;
    if (!isChunked) return Number(length ?? 0) > maximumBytes ? refuse(context) : await next();
    const body = await readAtMost(context.req.raw.body, maximumBytes);
    if (body === undefined) return refuse(context);
    const { method, headers } = context.req.raw;
    context.req.raw = new Request(context.req.url, { method, headers, body });
    return await next();
  };
}

async function readAtMost(
  stream: ReadableStream<Uint8Array> | null,
  maximumBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stream ?? []) {
    bytes += chunk.length;
    if (bytes > maximumBytes) return undefined;
    chunks.push(chunk);
  }
  return Uint8Array.from(Buffer.concat(chunks));
}
