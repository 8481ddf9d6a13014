/** Durations in milliseconds, the newest ones only, and their percentiles. */
export class Latencies {
  readonly #values: Float64Array;
  #count = 0;

  constructor(capacity = 20_000) {
    this.#values = new Float64Array(capacity);
  }

  add(milliseconds: number): void {
    this.#values[this.#count++ % this.#values.length] = milliseconds;
  }

  get count(): number {
    return this.#count;
  }

  /** The nearest-rank percentiles of what is kept; 0 when there is nothing. */
  percentiles(ranks: readonly number[]): number[] {
    const kept = this.#values.slice(0, Math.min(this.#count, this.#values.length)).sort();
    return ranks.map((rank) => kept[Math.max(0, Math.ceil((rank / 100) * kept.length) - 1)] ?? 0);
  }
}
