import { Running } from './aggregate.ts';

/** Values that belong together, as they leave the window together. */
interface Pane {
  readonly index: number;
  readonly running: Running;
}

/**
 * The aggregate of the newest panes, in constant time per value on average. Panes wait in two stacks: of the older ones
 * each holds the aggregate of itself and all that are newer in its stack, the newer ones are added up as they come.
 * Nothing is ever subtracted.
 */
export class SlidingAggregate {
  /** The oldest pane is last. */
  #older: Pane[] = [];
  #newer: Pane[] = [];
  #ofNewer = new Running();

  /** Adds a value to a pane; indices never go back. */
  add(index: number, value: number): void {
    const newest = this.#newer.at(-1);
    if (newest?.index === index) newest.running.add(value);
    else this.#newer.push({ index, running: Running.of(value) });
    this.#ofNewer.add(value);
  }

  /** Drops the panes before an index. */
  dropBefore(index: number): void {
    while (this.#older.length > 0 && this.#older.at(-1)!.index < index) this.#older.pop();
    if (this.#older.length > 0 || this.#newer.length === 0 || this.#newer[0]!.index >= index) return;
    let running = new Running();
    for (const pane of this.#newer.reverse()) {
      if (pane.index < index) break;
      running = pane.running.with(running);
      this.#older.push({ index: pane.index, running });
    }
    this.#newer = [];
    this.#ofNewer = new Running();
  }

  get total(): Running {
    const oldest = this.#older.at(-1);
    return oldest === undefined ? this.#ofNewer : oldest.running.with(this.#ofNewer);
  }
}
