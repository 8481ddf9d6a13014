import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** One request as it came in, its body complete and decompressed. */
interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A real HTTP server that keeps what it receives, for tests of what pushes telemetry. */
export interface HttpSink {
  /** `http://127.0.0.1:port`, without a path. */
  readonly url: string;
  readonly requests: readonly Received[];
  /** How many connections were opened. */
  readonly connections: number;
  /** Answers a request; can be exchanged at any time. Not answering at all is a collector that hangs. */
  answer: (request: Received, response: ServerResponse) => void;
  /** Resolves once `count` requests have come in, rejects after `timeoutMs` (default 5000). */
  received(count: number, timeoutMs?: number): Promise<readonly Received[]>;
  /** Closes the server and cuts its connections. */
  close(): Promise<void>;
}

/** Listens on a free port of the loopback interface and answers 200 with an empty body. */
export async function openHttpSink(port = 0): Promise<HttpSink> {
  const requests: Received[] = [];
  const waiting = new Set<() => void>();
  let connections = 0;
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const raw = Buffer.concat(chunks);
      const received: Received = {
        method: incoming.method ?? '',
        path: incoming.url ?? '',
        headers: incoming.headers,
        body: incoming.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw,
      };
      requests.push(received);
      sink.answer(received, response);
      for (const check of waiting) check();
    });
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const sink: HttpSink = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    get connections() {
      return connections;
    },
    answer: (_request, response) => void response.end(),
    received: (count, timeoutMs = 5000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`Received ${requests.length} of ${count} requests in ${timeoutMs} ms`)),
          timeoutMs,
        );
        const check = (): void => {
          if (requests.length < count) return;
          clearTimeout(timer);
          waiting.delete(check);
          resolve(requests);
        };
        waiting.add(check);
        check();
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return sink;
}
