import type { ReduceOperator } from './configuration.ts';
import { valueAt } from './path.ts';

/** What a reduce step gives on: it replaces the payload. */
export interface AggregateResult {
  readonly function: ReduceOperator['function'];
  readonly field: string | null;
  readonly group: unknown;
  readonly count: number;
  readonly value: number;
}

/** Groups that one operator keeps; an event of a further one is an error. */
export const mostGroups = 10_000;

/** Count, sum, least and greatest of numbers. What rounding takes from the sum is kept beside it (Neumaier). */
export class Running {
  count = 0;
  min: number = Number.POSITIVE_INFINITY;
  max: number = Number.NEGATIVE_INFINITY;
  #sum = 0;
  #lost = 0;

  static of(value: number): Running {
    const running = new Running();
    running.add(value);
    return running;
  }

  get sum(): number {
    return this.#sum + this.#lost;
  }

  add(value: number): void {
    this.count++;
    this.#addToSum(value);
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }

  /** Both together; neither changes. */
  with(other: Running): Running {
    const both = new Running();
    both.count = this.count + other.count;
    both.min = Math.min(this.min, other.min);
    both.max = Math.max(this.max, other.max);
    both.#sum = this.#sum;
    both.#lost = this.#lost + other.#lost;
    both.#addToSum(other.#sum);
    return both;
  }

  #addToSum(value: number): void {
    const sum = this.#sum + value;
    this.#lost += Math.abs(this.#sum) >= Math.abs(value) ? this.#sum - sum + value : value - sum + this.#sum;
    this.#sum = sum;
  }

  result(operator: ReduceOperator, group: unknown): AggregateResult {
    const values = { count: this.count, sum: this.sum, avg: this.sum / this.count, min: this.min, max: this.max };
    const value = values[operator.function];
    if (!Number.isFinite(value)) throw new Error(`${operator.function} of ${operator.field} is not finite`);
    return { function: operator.function, field: operator.field ?? null, group, count: this.count, value };
  }
}

/** The number that a reduce step takes of a payload. Throws where there is none. */
export function numberOf(operator: ReduceOperator, payload: unknown): number {
  if (operator.function === 'count') return 1;
  const value = valueAt(payload, operator.field.split('.'));
  if (typeof value !== 'number') throw new Error(`${operator.field} is no number`);
  return value;
}

/** The group of a payload: `null` without `group_by`. */
export function groupOf(operator: ReduceOperator, payload: unknown): unknown {
  return operator.group_by == null ? null : (valueAt(payload, operator.group_by.split('.')) ?? null);
}

/** Aggregates over all events, by group. */
export function reducer(operator: ReduceOperator): (payload: unknown) => AggregateResult {
  const groups = new Map<string, Running>();
  return (payload) => {
    const value = numberOf(operator, payload);
    const group = groupOf(operator, payload);
    const key = JSON.stringify(group);
    let running = groups.get(key);
    if (running === undefined) {
      if (groups.size >= mostGroups) throw new Error(`more than ${mostGroups} groups of ${operator.group_by}`);
      groups.set(key, (running = new Running()));
    }
    running.add(value);
    return running.result(operator, group);
  };
}
