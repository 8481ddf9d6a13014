import { attempt, isObject, type Shape } from '../context/guard.ts';

const maximumText = 32_000;

/** Keeps what an answer said, bounded, for spans that may carry content. Never throws. */
export class OutputReader {
  readonly #enabled: boolean;
  #value: unknown;
  #text = '';

  constructor(enabled: boolean) {
    this.#enabled = enabled;
  }

  /** Messages of a whole answer, or the text of a streamed one. */
  get value(): unknown {
    return this.#value ?? (this.#text === '' ? undefined : [{ role: 'assistant', content: this.#text }]);
  }

  answer(answer: unknown): void {
    if (this.#enabled && isObject(answer)) this.#value = attempt(() => messagesOf(answer)) ?? this.#value;
  }

  item(item: unknown): void {
    if (!this.#enabled || !isObject(item) || this.#text.length >= maximumText) return;
    const text = attempt(() => deltaOf(item));
    if (typeof text === 'string') this.#text = (this.#text + text).slice(0, maximumText);
  }
}

function messagesOf(answer: Shape): unknown {
  const { choices, content, output, text } = answer;
  if (Array.isArray(choices)) return choices.map((choice) => (isObject(choice) ? choice['message'] : undefined));
  if (Array.isArray(output)) return output;
  if (content !== undefined) return [{ role: answer['role'] ?? 'assistant', content }];
  return typeof text === 'string' ? [{ role: 'assistant', content: text }] : undefined;
}

/** The text in one stream event of OpenAI chat, OpenAI responses, Anthropic or the AI SDK. */
function deltaOf(item: Shape): unknown {
  const { choices, delta, type } = item;
  if (Array.isArray(choices)) {
    const first: unknown = choices[0];
    return isObject(first) && isObject(first['delta']) ? first['delta']['content'] : undefined;
  }
  if (type === 'response.output_text.delta') return delta;
  if (type === 'content_block_delta') return isObject(delta) ? delta['text'] : undefined;
  return type === 'text-delta' ? (item['text'] ?? delta) : undefined;
}
