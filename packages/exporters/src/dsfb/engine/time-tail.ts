/** How many of the ascending `times` are at most `t`, searching from `from` on. */
export function countUpTo(length: number, timeAt: (index: number) => number, t: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (timeAt(middle) <= t) low = middle + 1;
    else high = middle;
  }
  return low;
}

const compactFrom = 1024;

/** The times of the latest flushed samples, ascending, with their positions in the whole stream; older ones are let go. */
export class TimeTail {
  readonly #limit: number;
  #times: number[] = [];
  #start = 0;
  /** Position of `#times[0]` in the whole stream. */
  #base = 0;

  /** Keeps at most `limit` times. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds the newest time, and lets times older than `keepFrom` go. */
  append(t: number, keepFrom: number): void {
    this.#times.push(t);
    while (this.#times[this.#start]! < keepFrom || this.#times.length - this.#start > this.#limit) this.#start++;
    if (this.#start < compactFrom || this.#start * 2 < this.#times.length) return;
    this.#times = this.#times.slice(this.#start);
    this.#base += this.#start;
    this.#start = 0;
  }

  /** Adds a late time after equal ones, and gives its position in the whole stream. */
  insert(t: number): number {
    const kept = this.#times.length - this.#start;
    const position = this.#start + countUpTo(kept, (index) => this.#times[this.#start + index]!, t);
    this.#times.splice(position, 0, t);
    return this.#base + position;
  }
}
