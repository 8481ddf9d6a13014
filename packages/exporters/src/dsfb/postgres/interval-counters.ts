/** Differences of cumulative counters between two polls, by key. */
export class IntervalCounters {
  #previous: ReadonlyMap<string, readonly number[]> = new Map();
  #current = new Map<string, readonly number[]>();

  /** Begins a poll: keys that do not come up in it are forgotten. */
  begin(): void {
    this.#previous = this.#current;
    this.#current = new Map();
  }

  /**
   * How much each counter of a key has grown since the poll before; `undefined` for a new key, and when one has fallen: the
   * statistics were reset, and this interval is not known.
   */
  growth(key: string, counters: readonly number[]): readonly number[] | undefined {
    this.#current.set(key, counters);
    const before = this.#previous.get(key);
    if (before === undefined) return undefined;
    const growth = counters.map((value, index) => value - before[index]!);
    return growth.every((each) => each >= 0) ? growth : undefined;
  }
}
