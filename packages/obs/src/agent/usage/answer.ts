import { isObject, type Shape } from '../../context/guard.ts';
import type { Usage } from '../../record.ts';

/** What has been read of an answer so far. */
export interface Answer {
  usage?: Usage | undefined;
  /** The provider has not told its last word on usage yet. */
  usagePartial?: boolean | undefined;
  model?: string | undefined;
  id?: string | undefined;
  finishReasons?: readonly string[] | undefined;
}

/** Reads one shape, answers and stream events alike, into `answer`; false when the value has another shape. */
export type ReadAnswer = (value: Shape, answer: Answer) => boolean;

/** A token count: a finite number that is not negative, whole. */
export function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.floor(value) : undefined;
}

/** An amount of US dollars. */
export function amount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** A name or id: a string that says something, at most 200 characters of it. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, 200) : undefined;
}

/** The object below a key; an empty one when there is none. */
export function child(value: Shape, key: string): Shape {
  const found = value[key];
  return isObject(found) ? found : nothing;
}

const nothing: Shape = Object.freeze({});

/** Usage of the parts that a provider named; `undefined` when it named neither input nor output. */
export function usageOf(parts: { readonly [Part in keyof Usage]: number | undefined }): Usage | undefined {
  if (parts.inputTokens === undefined && parts.outputTokens === undefined) return undefined;
  return {
    inputTokens: parts.inputTokens ?? 0,
    outputTokens: parts.outputTokens ?? 0,
    ...(parts.cacheReadInputTokens !== undefined && { cacheReadInputTokens: parts.cacheReadInputTokens }),
    ...(parts.cacheWriteInputTokens !== undefined && { cacheWriteInputTokens: parts.cacheWriteInputTokens }),
    ...(parts.reasoningTokens !== undefined && { reasoningTokens: parts.reasoningTokens }),
    ...(parts.costUsd !== undefined && { costUsd: parts.costUsd }),
  };
}

/** The sum of two usages. A part that only one of them names is that one's. */
export function addUsage(left: Usage | undefined, right: Usage): Usage {
  if (left === undefined) return right;
  const sum = (part: keyof Usage): number | undefined =>
    left[part] === undefined && right[part] === undefined ? undefined : (left[part] ?? 0) + (right[part] ?? 0);
  return {
    inputTokens: left.inputTokens + right.inputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
    cacheReadInputTokens: sum('cacheReadInputTokens'),
    cacheWriteInputTokens: sum('cacheWriteInputTokens'),
    reasoningTokens: sum('reasoningTokens'),
    // A reported cost of a part is no cost of the whole.
    costUsd: left.costUsd === undefined || right.costUsd === undefined ? undefined : sum('costUsd'),
  };
}
