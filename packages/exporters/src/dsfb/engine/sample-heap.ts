import type { ResidualSample } from '../sample.ts';

/** A binary min-heap of samples by time; equal times leave in the order of their arrival. */
export class SampleHeap {
  // Parallel arrays: no object per entry.
  readonly #times: number[] = [];
  readonly #arrivals: number[] = [];
  readonly #samples: ResidualSample[] = [];
  #arrived = 0;

  get size(): number {
    return this.#samples.length;
  }

  /** Time of the oldest sample; +Infinity when there is none. */
  get oldest(): number {
    return this.#times.length === 0 ? Number.POSITIVE_INFINITY : this.#times[0]!;
  }

  push(sample: ResidualSample): void {
    const { t } = sample;
    const arrival = this.#arrived++;
    let index = this.#samples.length;
    this.#samples.push(sample);
    this.#times.push(t);
    this.#arrivals.push(arrival);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      // The new one is the latest to arrive: it passes only what is later in time.
      if (this.#times[parent]! <= t) break;
      this.#copy(parent, index);
      index = parent;
    }
    this.#set(index, { t, arrival, sample });
  }

  /** Takes the oldest sample out. */
  pop(): ResidualSample | undefined {
    const top = this.#samples[0];
    const t = this.#times.pop();
    const arrival = this.#arrivals.pop();
    const sample = this.#samples.pop();
    if (t === undefined || arrival === undefined || sample === undefined) return undefined;
    if (this.#samples.length > 0) this.#sink(t, arrival, sample);
    return top;
  }

  #sink(t: number, arrival: number, sample: ResidualSample): void {
    const size = this.#samples.length;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#isBefore(child + 1, this.#times[child]!, this.#arrivals[child]!)) child++;
      if (!this.#isBefore(child, t, arrival)) break;
      this.#copy(child, index);
      index = child;
    }
    this.#set(index, { t, arrival, sample });
  }

  #isBefore(index: number, t: number, arrival: number): boolean {
    const own = this.#times[index]!;
    return own < t || (own === t && this.#arrivals[index]! < arrival);
  }

  #copy(from: number, to: number): void {
    this.#times[to] = this.#times[from]!;
    this.#arrivals[to] = this.#arrivals[from]!;
    this.#samples[to] = this.#samples[from]!;
  }

  #set(index: number, entry: { t: number; arrival: number; sample: ResidualSample }): void {
    this.#times[index] = entry.t;
    this.#arrivals[index] = entry.arrival;
    this.#samples[index] = entry.sample;
  }
}
