import type { Attributes } from '@opentelemetry/api';
import type { Generation, LlmCall } from '../api.ts';
import { spanKinds } from '../api-values.ts';
import { spanNames } from '../catalog.ts';
import type { Outcome } from '../context/follow/watch.ts';
import { attempt } from '../context/guard.ts';
import type { Cost, Status, Usage } from '../record.ts';
import { callOf, inertCall, perform } from './call.ts';
import { contentAttributes, contentNames } from './content.ts';
import type { AgentHost } from './host.ts';
import { dollars, logEnd, milliseconds } from './log.ts';
import { nameOf, optionalName } from './names.ts';
import { type Ended, Operation, type RecordFields } from './operation.ts';
import { statusOf } from './outcome.ts';
import { OutputReader } from './output.ts';
import { type CurrentGeneration, generationKey, resetCalls, taskKey } from './scope.ts';
import { addUsage } from './usage/answer.ts';
import { AnswerReader, sanitiseUsage } from './usage/read.ts';

class GenerateOperation extends Operation implements CurrentGeneration {
  readonly #model: string;
  readonly #provider: string | undefined;
  readonly #reader = new AnswerReader();
  readonly #output: OutputReader;
  #reported: Usage | undefined;
  /** Of requests that observed clients made below; for a result that tells no usage itself. */
  #below: { usage: Usage | undefined; model: string | undefined } | undefined;
  #firstAt: number | undefined;
  #answered = false;
  #streamed = false;

  constructor(host: AgentHost, generation: Generation) {
    const model = nameOf(host, generation.model);
    const provider = optionalName(generation.provider);
    const attributes: Attributes = {
      'alex.llm.model': model,
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': model,
    };
    if (provider !== undefined) attributes['gen_ai.provider.name'] = provider;
    super(host, {
      name: spanNames.generate,
      kind: spanKinds.client,
      attributes,
      userAttributes: generation.attributes,
    });
    this.describe(() => contentAttributes(host, contentNames.input, generation.input));
    this.#model = model;
    this.#provider = provider;
    this.#output = new OutputReader(this.span.isRecording() && attempt(() => host.content()) !== 'off');
    this.context = generationKey.set(resetCalls(this.context), this);
  }

  usage(usage: Usage): void {
    this.#reported = attempt(() => sanitiseUsage(usage)) ?? this.#reported;
  }

  seen(): void {
    this.#firstAt ??= performance.now();
  }

  addRequest(usage: Usage | undefined, model: string | undefined): void {
    this.#below ??= { usage: undefined, model: undefined };
    if (usage !== undefined) this.#below.usage = addUsage(this.#below.usage, usage);
    this.#below.model = model ?? this.#below.model;
  }

  protected started(fields: RecordFields): void {
    this.emit({ ...fields, kind: 'llm', model: this.#model, provider: this.#provider });
    this.log('info', 'llm request started', { model: this.#model, provider: this.#provider });
  }

  protected override read(value: unknown): void {
    this.#answered = true;
    this.#reader.read(value);
    this.#output.answer(value);
  }

  protected override readItem(item: unknown): void {
    this.seen();
    this.#answered = true;
    this.#streamed = true;
    this.#reader.read(item);
    this.#output.item(item);
  }

  /** Who stops reading after the provider has said why it finished, has read the answer. */
  protected override statusOf(outcome: Outcome): Status {
    const complete = outcome.ending === 'broken' && this.#reader.answer.finishReasons !== undefined;
    return complete ? 'success' : statusOf(outcome);
  }

  /** Latency runs to the last piece of the answer, however long its reader goes on with that. */
  protected override endOf(outcome: Outcome, now: number): number {
    const read = outcome.ending === 'completed' || outcome.ending === 'broken';
    return read && this.#streamed ? this.lastSeen : super.endOf(outcome, now);
  }

  protected finished(end: Ended): void {
    const { answer } = this.#reader;
    const usage = this.#reported ?? answer.usage ?? this.#below?.usage;
    const responseModel = answer.model ?? this.#below?.model;
    const cost = usage && attempt(() => this.host.price({ requested: this.#model, response: responseModel }, usage));
    const task = taskKey.get(this.parentContext);
    if (task !== undefined && cost !== undefined) task.costUsd += cost.usd;
    const timeToFirstTokenMs = this.#firstAt === undefined ? undefined : this.#firstAt - this.startedAt;
    this.describe(() => this.#attributes(end, { usage, cost, responseModel, timeToFirstTokenMs }));
    this.emit({
      ...end.fields,
      kind: 'llm',
      model: this.#model,
      provider: this.#provider,
      responseModel,
      usage,
      cost,
      streamed: this.#firstAt !== undefined || end.outcome.ending === 'abandoned',
      timeToFirstTokenMs,
      finishReason: answer.finishReasons?.[0],
    });
    logEnd(this, 'llm request', end, {
      model: this.#model,
      provider: this.#provider,
      latency_ms: milliseconds(end.durationMs),
      ...(usage && {
        input_tokens: usage.inputTokens,
        output_tokens: usage.outputTokens,
        total_tokens: usage.inputTokens + usage.outputTokens,
      }),
      ...(cost && { cost_usd: dollars(cost.usd) }),
    });
  }

  #attributes(end: Ended, read: ReadAnswer): Attributes {
    const { answer } = this.#reader;
    const attributes: Attributes = {};
    if (read.responseModel !== undefined) attributes['gen_ai.response.model'] = read.responseModel;
    if (answer.id !== undefined) attributes['gen_ai.response.id'] = answer.id;
    if (answer.finishReasons?.[0] !== undefined) {
      attributes['stop_reason'] = answer.finishReasons[0];
      attributes['gen_ai.response.finish_reasons'] = [...answer.finishReasons];
    }
    if (read.timeToFirstTokenMs !== undefined) {
      attributes['gen_ai.response.time_to_first_chunk'] = read.timeToFirstTokenMs / 1000;
    }
    if (read.usage !== undefined) Object.assign(attributes, usageAttributes(read.usage));
    else if (this.#answered || end.status === 'success') attributes['alex.llm.usage_missing'] = true;
    if (this.#reported === undefined && answer.usagePartial === true) attributes['alex.llm.usage_partial'] = true;
    if (read.cost !== undefined) Object.assign(attributes, costAttributes(read.cost));
    Object.assign(attributes, contentAttributes(this.host, contentNames.output, this.#output.value));
    return attributes;
  }
}

interface ReadAnswer {
  readonly usage: Usage | undefined;
  readonly cost: Cost | undefined;
  readonly responseModel: string | undefined;
  readonly timeToFirstTokenMs: number | undefined;
}

function usageAttributes(usage: Usage): Attributes {
  const attributes: Attributes = {
    'alex.llm.input_tokens': usage.inputTokens,
    'alex.llm.output_tokens': usage.outputTokens,
    'alex.llm.token_count': usage.inputTokens + usage.outputTokens,
    'gen_ai.usage.input_tokens': usage.inputTokens,
    'gen_ai.usage.output_tokens': usage.outputTokens,
  };
  const { cacheReadInputTokens, cacheWriteInputTokens, reasoningTokens } = usage;
  if (cacheReadInputTokens !== undefined) attributes['gen_ai.usage.cache_read.input_tokens'] = cacheReadInputTokens;
  if (cacheWriteInputTokens !== undefined) attributes['gen_ai.usage.cache_write.input_tokens'] = cacheWriteInputTokens;
  if (reasoningTokens !== undefined) attributes['gen_ai.usage.reasoning.output_tokens'] = reasoningTokens;
  return attributes;
}

function costAttributes(cost: Cost): Attributes {
  const attributes: Attributes = { 'alex.cost.priced': cost.source !== 'none', 'alex.cost.source': cost.source };
  if (cost.usd > 0) attributes['alex.cost'] = cost.usd;
  return attributes;
}

/** `obs.generate` */
export function generate<Result>(host: AgentHost, generation: Generation, fn: (call: LlmCall) => Result): Result {
  return perform(
    host,
    () => new GenerateOperation(host, generation),
    (operation) => (operation ? operation.run(() => fn(llmCallOf(operation))) : fn(inertCall(host))),
  );
}

function llmCallOf(operation: GenerateOperation): LlmCall {
  return Object.assign(callOf(operation), { usage: (usage: Usage) => operation.usage(usage) });
}
