/** Past the limit of its distinct values a label has this value. */
const otherLabelValue = 'other';

/** Counts in how many series each value of one label stands, and admits no more distinct values than its limit. */
export class LabelLimit {
  readonly #limit: number;
  readonly #uses = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  admit(value: string): string {
    return this.#uses.has(value) || this.#uses.size < this.#limit ? value : otherLabelValue;
  }

  use(value: string): void {
    if (value !== otherLabelValue) {
      this.#uses.set(value, (this.#uses.get(value) ?? 0) + 1);
    }
  }

  release(value: string): void {
    const uses = (this.#uses.get(value) ?? 0) - 1;
    if (uses > 0) {
      this.#uses.set(value, uses);
    } else {
      this.#uses.delete(value);
    }
  }

  clear(): void {
    this.#uses.clear();
  }
}
