import { setTimeout as pause } from 'node:timers/promises';
import { chance } from './chance.ts';
import { type Answer, answer, chunks } from './completion.ts';
import { type ChatRequest, readChatRequest } from './conversation.ts';
import { type LocalModel, models } from './models.ts';

/** How the model server behaves. */
export interface ModelBehaviour {
  /** The same seed and the same conversation give the same answers and the same failures. Default 1. */
  readonly seed: number;
  /** Share of requests that are answered with 429 or 500. Default 0.05. */
  readonly failureRate: number;
  /** Share of sessions in which the model first reads a file that does not exist. Default 0.2. */
  readonly slipRate: number;
  /** How many times faster than a real model it streams; `Infinity` leaves out every pause. Default 1. */
  readonly speed: number;
}

/** Answers `POST /v1/chat/completions`, as a stream where the body asks for one. Aborting ends the stream. */
export async function answerChat(request: Request, behaviour: ModelBehaviour, signal: AbortSignal): Promise<Response> {
  if (!/^Bearer \S/.test(request.headers.get('authorization') ?? '')) {
    return failure(401, 'invalid_request_error', 'Send an API key; here, any will do.', { code: 'invalid_api_key' });
  }
  const chat = readChatRequest(await request.json().catch(() => undefined));
  if (typeof chat === 'string') return failure(400, 'invalid_request_error', chat);
  const model = models.find(({ id }) => id === chat.model);
  if (model === undefined) {
    const message = `There is no model ${chat.model}; there are ${models.map(({ id }) => id).join(', ')}.`;
    return failure(404, 'invalid_request_error', message, { code: 'model_not_found' });
  }
  const attempt = request.headers.get('x-stainless-retry-count') ?? '0';
  return misfortune(chat, attempt, behaviour) ?? respond(chat, model, { behaviour, signal });
}

/** Answers `GET /v1/models`. */
export function listModels(): Response {
  return Response.json({
    object: 'list',
    data: models.map(({ id }) => ({ id, object: 'model', created: 1_700_000_000, owned_by: 'local' })),
  });
}

interface Pace {
  readonly tokenMs: number;
  readonly withUsage: boolean;
  /** Rejects when the request is aborted. */
  wait(ms: number): Promise<void> | undefined;
}

async function respond(
  chat: ChatRequest,
  model: LocalModel,
  { behaviour, signal }: { readonly behaviour: ModelBehaviour; readonly signal: AbortSignal },
): Promise<Response> {
  const result = answer(chat, model, behaviour);
  const wait = (ms: number): Promise<void> | undefined =>
    ms / behaviour.speed >= 1 ? pause(ms / behaviour.speed, undefined, { signal }) : undefined;
  if (chat.stream !== true) {
    await wait(result.firstTokenMs + (result.completion.usage?.completion_tokens ?? 0) * model.tokenMs);
    return Response.json(result.completion);
  }
  const withUsage = chat.stream_options?.include_usage === true;
  const lines = stream(result, { tokenMs: model.tokenMs, withUsage, wait });
  const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };
  return new Response(ReadableStream.from(lines).pipeThrough(new TextEncoderStream()), { headers });
}

async function* stream({ completion, firstTokenMs }: Answer, how: Pace): AsyncGenerator<string> {
  try {
    await how.wait(firstTokenMs);
    for (const chunk of chunks(completion, how.withUsage)) {
      yield `data: ${JSON.stringify(chunk)}\n\n`;
      await how.wait(how.tokenMs * (0.5 + Math.random()));
    }
    yield 'data: [DONE]\n\n';
  } catch {
    // The client went away, or the server shuts down: whoever still reads learns that the answer is not whole.
    yield `data: ${JSON.stringify({ error: { message: 'The server is shutting down.', type: 'server_error' } })}\n\n`;
  }
}

/** The rate limit or server error that this attempt meets, if it meets one. A later attempt has its own luck. */
function misfortune(
  chat: ChatRequest,
  attempt: string,
  { seed, failureRate, speed }: ModelBehaviour,
): Response | undefined {
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

function failure(
  status: number,
  type: string,
  message: string,
  more: { readonly code?: string; readonly headers?: Record<string, string> } = {},
): Response {
  const error = { message, type, param: null, code: more.code ?? null };
  return Response.json({ error }, { status, headers: more.headers ?? {} });
}
