import type { ChatCompletionMessageParam, ChatCompletionTool } from 'openai/resources/chat/completions';

/** The body of `POST /v1/chat/completions`, as far as this server reads it. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatCompletionMessageParam[];
  readonly tools?: readonly ChatCompletionTool[];
  readonly tool_choice?: unknown;
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean } | null;
  /** Tells sessions with the same question apart. */
  readonly user?: string;
}

/** What a conversation says about the work so far. */
export interface Progress {
  readonly question: string;
  /** For each turn of the assistant since the question, the results of its calls in order. */
  readonly turns: readonly (readonly string[])[];
}

/** Reads the last question and what was done about it. */
export function readProgress(messages: readonly ChatCompletionMessageParam[]): Progress {
  const asked = messages.findLastIndex((message) => message.role === 'user');
  const since = messages.slice(asked + 1);
  const results = new Map<string, string>();
  for (const message of since) {
    if (message.role === 'tool') results.set(message.tool_call_id, textOf(message.content));
  }
  const turns = since.flatMap((message) =>
    message.role === 'assistant' && message.tool_calls?.length
      ? [message.tool_calls.map((call) => results.get(call.id) ?? 'Error: the tool gave no result')]
      : [],
  );
  return { question: textOf(messages[asked]?.content), turns };
}

/** The body of a request, checked; a text says what is wrong with it. */
export function readChatRequest(body: unknown): ChatRequest | string {
  if (typeof body !== 'object' || body === null) return 'The body must be a JSON object.';
  const { model, messages } = body as Partial<ChatRequest>;
  if (typeof model !== 'string') return "Missing required parameter: 'model'.";
  if (!Array.isArray(messages) || messages.length === 0) return "Missing required parameter: 'messages'.";
  const roles = ['system', 'developer', 'user', 'assistant', 'tool'];
  const wrong = messages.findIndex((message: { role?: string } | null) => !roles.includes(message?.role ?? ''));
  if (wrong >= 0) return `Invalid value for 'messages[${wrong}].role'.`;
  return body as ChatRequest;
}

/** The text of a message content, which is a string or a list of parts. */
export function textOf(content: ChatCompletionMessageParam['content'] | undefined): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map((part) => ('text' in part ? part.text : '')).join('');
}
