import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers one request. */
export type Answer = (response: ServerResponse, request: IncomingMessage) => void | Promise<void>;

/** A local stand-in for an LLM provider that answers as it is told. */
export interface ProviderServer {
  readonly url: string;
  /** Answers for the next requests, in order; the last one stays. */
  answer(...answers: Answer[]): void;
  readonly requests: number;
  /** Resolves once a client has closed its connection before the answer was complete. */
  readonly closedEarly: Promise<void>;
  close(): Promise<void>;
}

/** Listens on a free port of the loopback interface. */
export async function providerServer(): Promise<ProviderServer> {
  let answers: Answer[] = [];
  let requests = 0;
  let noteClosed: () => void = () => {};
  const closedEarly = new Promise<void>((resolve) => {
    noteClosed = resolve;
  });
  const server = createServer((request, response) => {
    requests += 1;
    response.on('close', () => {
      if (!response.writableFinished) noteClosed();
    });
    request.resume();
    request.on('end', () => void (answers.length > 1 ? answers.shift() : answers[0])?.(response, request));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer(...given) {
      answers = given;
    },
    get requests() {
      return requests;
    },
    closedEarly,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** An answer with a JSON body. */
export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
}

interface Streaming {
  /** What happens after the events. Default: the answer ends. */
  readonly after?: 'end' | 'hang' | 'break';
  /** Whether each event names its type, as Anthropic's and the responses API do. */
  readonly named?: boolean;
}

/** An answer of server-sent events, as the providers stream them. */
export function events(items: readonly object[], { after = 'end', named = false }: Streaming = {}): Answer {
  return async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const item of items) {
      const name = named && 'type' in item ? `event: ${String(item.type)}\n` : '';
      response.write(`${name}data: ${JSON.stringify(item)}\n\n`);
    }
    if (after === 'hang') return;
    if (after === 'end') response.end(named ? '' : 'data: [DONE]\n\n');
    else setTimeout(() => response.destroy(), 20);
  };
}

function chunk(choices: readonly object[], usage?: object): object {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'gpt-4o-2024-08-06',
    choices,
    ...(usage && { usage }),
  };
}

/** Answers of the OpenAI chat API. */
export const chat: { readonly answer: object; readonly chunks: readonly object[] } = {
  answer: {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'gpt-4o-2024-08-06',
    choices: [{ index: 0, message: { role: 'assistant', content: 'hello' }, finish_reason: 'stop' }],
    usage: {
      prompt_tokens: 10,
      completion_tokens: 20,
      total_tokens: 30,
      prompt_tokens_details: { cached_tokens: 4 },
      completion_tokens_details: { reasoning_tokens: 5 },
    },
  },
  chunks: [
    chunk([{ index: 0, delta: { role: 'assistant', content: 'hel' }, finish_reason: null }]),
    chunk([{ index: 0, delta: { content: 'lo' }, finish_reason: null }]),
    chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]),
    chunk([], { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 }),
  ],
};

/** Answers of the Anthropic messages API: 10 fresh, 100 cache read and 5 cache write tokens. */
export const messages: { readonly answer: object; readonly events: readonly object[] } = {
  answer: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-test-1',
    content: [{ type: 'text', text: 'hello' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: 20, cache_read_input_tokens: 100, cache_creation_input_tokens: 5 },
  },
  events: [
    {
      type: 'message_start',
      message: {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'claude-test-1',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: 10, output_tokens: 1, cache_read_input_tokens: 100, cache_creation_input_tokens: 5 },
      },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'hello' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 20 } },
    { type: 'message_stop' },
  ],
};
