const maxChannels = 10_000;

/** What is expected of each channel: the mean of its first intervals. */
export class Baselines {
  readonly #intervals: number;
  /** In the order of their last use. */
  readonly #learned = new Map<string, { count: number; sum: number }>();

  constructor(intervals: number) {
    this.#intervals = intervals;
  }

  /** The expected value of a channel; `undefined` while this value still belongs to its baseline. */
  expected(channel: string, value: number): number | undefined {
    const learned = this.#learned.get(channel) ?? { count: 0, sum: 0 };
    this.#learned.delete(channel);
    this.#learned.set(channel, learned);
    if (this.#learned.size > maxChannels) this.#learned.delete(this.#learned.keys().next().value!);
    if (learned.count >= this.#intervals) return learned.sum / learned.count;
    learned.count++;
    learned.sum += value;
    return undefined;
  }
}
