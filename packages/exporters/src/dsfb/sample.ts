import { isResidualClass, type ResidualClass } from './motif.ts';

/** One residual: observed minus expected at one moment. */
export interface ResidualSample {
  /** Seconds, since any epoch that all samples of a stream share. */
  readonly t: number;
  readonly class: ResidualClass;
  readonly value: number;
  /** For instance a statement, a table or a wait event. */
  readonly channel?: string | null | undefined;
}

/** A larger residual is a defect of its source, and its sums could overflow: the observer would never be right again. */
const largestValue = 1e150;

/** Why something is no residual sample, for instance `t is NaN`; `undefined` when it is one. Never throws. */
export function sampleFault(found: unknown): string | undefined {
  if (typeof found !== 'object' || found === null) return 'it is not an object';
  const { t, value, channel, class: residualClass } = found as Partial<Record<keyof ResidualSample, unknown>>;
  if (typeof t !== 'number' || !Number.isFinite(t)) return `t is ${shown(t)}, not a finite number of seconds`;
  if (typeof value !== 'number' || !Number.isFinite(value)) return `value is ${shown(value)}, not a finite number`;
  if (Math.abs(value) > largestValue) return `value is ${shown(value)}, beyond ${largestValue}`;
  if (!isResidualClass(residualClass)) return `class ${shown(residualClass)} is unknown`;
  if (channel !== undefined && channel !== null && typeof channel !== 'string') return 'channel is not a text';
  return undefined;
}

const longestShown = 40;

function shown(value: unknown): string {
  // The text of an object can be anything, and asking for it can throw.
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > longestShown ? `${text.slice(0, longestShown)}...` : text;
}
