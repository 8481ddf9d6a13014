import { parseOpenMetrics } from '../parse-openmetrics.ts';
import { renderOpenMetrics, renderPrometheusText } from '../render.ts';
import { type Exposed, snapshotOf } from './sample-value.ts';

export interface DifferenceOptions {
  /** Default `openmetrics`, without `_created` lines. */
  readonly format?: 'openmetrics' | 'text-0.0.4';
  /** Compare only these families, by their name on the wire without `_total` and the like. Default all. */
  readonly families?: readonly string[];
}

/**
 * Compares what is exposed with a golden text. Empty when they are equal; otherwise the lines that differ, `-` for
 * what was expected and `+` for what is there. Every sample line counts; their order does too.
 */
export function expositionDifference(exposed: Exposed, golden: string, options: DifferenceOptions = {}): string {
  const { families } = snapshotOf(exposed);
  const chosen = [...families].filter(({ name }) => options.families?.includes(name) ?? true);
  const actual =
    options.format === 'text-0.0.4'
      ? renderPrometheusText({ families: chosen })
      : renderOpenMetrics({ families: chosen }, { created: false });
  return lineDifference(golden, actual);
}

/** Throws `OpenMetricsSyntaxError` when `text` is no valid OpenMetrics 1.0. */
export function assertStrict(text: string): void {
  parseOpenMetrics(text);
}

function lineDifference(expected: string, actual: string): string {
  const before = linesOf(expected);
  const after = linesOf(actual);
  let start = 0;
  while (start < Math.min(before.length, after.length) && before[start] === after[start]) start++;
  let common = 0;
  const most = Math.min(before.length, after.length) - start;
  while (common < most && before.at(-1 - common) === after.at(-1 - common)) common++;
  const removed = before.slice(start, before.length - common).map((line) => `- ${line}`);
  const added = after.slice(start, after.length - common).map((line) => `+ ${line}`);
  const lines = [...removed, ...added];
  return lines.length === 0 ? '' : [`from line ${start + 1}:`, ...lines].join('\n');
}

function linesOf(text: string): readonly string[] {
  return text.replace(/\n$/, '').split('\n');
}
