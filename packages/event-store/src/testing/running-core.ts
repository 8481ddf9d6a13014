import { captureIo, type RunningService, runService } from '@alex/service';
import { onTestFinished } from 'vitest';
import { type CoreOptions, createCore } from '../http/core.ts';
import type { EventStore } from '../store/event-store.ts';

/** What a core answered; a body that is JSON is parsed. */
interface Answer {
  readonly status: number;
  readonly body: ReturnType<typeof JSON.parse>;
  readonly type: string | null;
}

/** A core in memory on a free port, its store, and a way to call it. */
export interface RunningCore extends RunningService {
  readonly store: EventStore;
  /** What it has logged. */
  log(): string;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

/** Starts a core that ends with the test. */
export async function startCore(options: Partial<CoreOptions> = {}): Promise<RunningCore> {
  let store: EventStore | undefined;
  const definition = createCore(
    { store: {}, service: { host: '127.0.0.1', port: 0, shutdownTimeout: 500 }, ...options },
    (opened) => {
      store = opened;
    },
  );
  const captured = captureIo();
  const service = await runService(definition, { io: captured.io });
  onTestFinished(async () => void (await service.close()));
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(service.url + path, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: isRaw(body) ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text.startsWith('{') ? JSON.parse(text) : text,
      type: response.headers.get('content-type'),
    };
  };
  return { ...service, call, store: store!, log: () => captured.output().stderr };
}

function isRaw(body: unknown): body is string | Buffer<ArrayBuffer> {
  return typeof body === 'string' || body instanceof Buffer;
}
