import { setTimeout as pause } from 'node:timers/promises';
import { chance } from './chance.ts';
import { type Answer, answer, chunks } from './completion.ts';
import { type ChatRequest, readChatRequest } from './conversation.ts';
import { type LocalModel, models } from './models.ts';

export interface ModelAppOptions {
  /** The same seed and the same conversation give the same answers and the same failures. Default 1. */
  readonly seed?: number;
  /** Share of requests that are answered with 429 or 500. Default 0.05. */
  readonly failureRate?: number;
  /** Share of sessions in which the model first reads a file that does not exist. Default 0.2. */
  readonly slipRate?: number;
  /** How many times faster than a real model it streams; `Infinity` leaves out every pause. Default 1. */
  readonly speed?: number;
}

type Settings = Required<ModelAppOptions>;

/** Answers the requests of an OpenAI client: `POST /v1/chat/completions` (streaming or not) and `GET /v1/models`. */
export function createModelApp(options: ModelAppOptions = {}): (request: Request) => Promise<Response> {
  const settings: Settings = { seed: 1, failureRate: 0.05, slipRate: 0.2, speed: 1, ...options };
  return async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === '/v1/models' && request.method === 'GET') return listModels();
    if (pathname !== '/v1/chat/completions')
      return failure(404, 'invalid_request_error', `There is no ${pathname} here.`);
    if (request.method !== 'POST') return failure(405, 'invalid_request_error', 'Use POST.');
    if (!/^Bearer \S/.test(request.headers.get('authorization') ?? '')) {
      return failure(401, 'invalid_request_error', 'Send an API key; here, any will do.', { code: 'invalid_api_key' });
    }
    const chat = readChatRequest(await request.json().catch(() => undefined));
    if (typeof chat === 'string') return failure(400, 'invalid_request_error', chat);
    const model = models.find(({ id }) => id === chat.model);
    if (model === undefined) {
      const known = models.map(({ id }) => id).join(', ');
      return failure(404, 'invalid_request_error', `There is no model ${chat.model}; there are ${known}.`, {
        code: 'model_not_found',
      });
    }
    const attempt = request.headers.get('x-stainless-retry-count') ?? '0';
    return misfortune(chat, attempt, settings) ?? respond(chat, model, { settings, signal: request.signal });
  };
}

async function respond(
  chat: ChatRequest,
  model: LocalModel,
  { settings, signal }: { readonly settings: Settings; readonly signal: AbortSignal },
): Promise<Response> {
  const result = answer(chat, model, settings);
  const wait = (ms: number): Promise<void> | undefined =>
    ms / settings.speed >= 1 ? pause(ms / settings.speed, undefined, { signal }) : undefined;
  if (chat.stream !== true) {
    await wait(result.firstTokenMs + (result.completion.usage?.completion_tokens ?? 0) * model.tokenMs);
    return Response.json(result.completion);
  }
  const lines = stream(result, { chat, model, wait });
  const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };
  return new Response(ReadableStream.from(lines).pipeThrough(new TextEncoderStream()), { headers });
}

async function* stream(
  { completion, firstTokenMs }: Answer,
  how: {
    readonly chat: ChatRequest;
    readonly model: LocalModel;
    readonly wait: (ms: number) => Promise<void> | undefined;
  },
): AsyncGenerator<string> {
  await how.wait(firstTokenMs);
  for (const chunk of chunks(completion, how.chat.stream_options?.include_usage === true)) {
    yield `data: ${JSON.stringify(chunk)}\n\n`;
    await how.wait(how.model.tokenMs * (0.5 + Math.random()));
  }
  yield 'data: [DONE]\n\n';
}

/** The rate limit or server error that this attempt meets, if it meets one. A later attempt has its own luck. */
function misfortune(chat: ChatRequest, attempt: string, { seed, failureRate, speed }: Settings): Response | undefined {
  const luck = chance(seed, 'failure', attempt, JSON.stringify([chat.user, chat.messages]));
  if (luck >= failureRate) return undefined;
  const retryAfterMs = Math.ceil(800 / speed);
  const headers = { 'retry-after-ms': String(retryAfterMs), 'retry-after': String(Math.ceil(retryAfterMs / 1000)) };
  if (luck < failureRate / 2) {
    return failure(429, 'requests', 'Rate limit reached. Please try again later.', {
      code: 'rate_limit_exceeded',
      headers,
    });
  }
  return failure(500, 'server_error', 'The server had an error while processing your request.', { headers });
}

function listModels(): Response {
  return Response.json({
    object: 'list',
    data: models.map(({ id }) => ({ id, object: 'model', created: 1_700_000_000, owned_by: 'local' })),
  });
}

function failure(
  status: number,
  type: string,
  message: string,
  more: { readonly code?: string; readonly headers?: Record<string, string> } = {},
): Response {
  const error = { message, type, param: null, code: more.code ?? null };
  return Response.json({ error }, { status, headers: more.headers ?? {} });
}
