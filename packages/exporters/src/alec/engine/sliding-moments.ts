import { addRow, coMomentIndex, type MomentLayout, mergeMoments, momentsLength } from './moments.ts';

/**
 * Means and covariances over a sliding window of rows, as a queue of two stacks: the older part of the window has the
 * moments of each of its suffixes, the newer part is one block that only grows. Adding and dropping a row is O(channels²)
 * amortised, whatever the window; when the older part is used up, everything is computed anew from the rows, once per window
 * length. Nothing is ever subtracted, so that a spike leaves no trace once it has left the window.
 */
export class SlidingMoments {
  readonly layout: MomentLayout;
  readonly #length: number;
  /** A ring of rows, oldest at `#first`. */
  #rows: Float64Array;
  #capacity = 64;
  #first = 0;
  #count = 0;
  /** Suffix blocks of the older part: block i covers rows i and later. */
  #suffixes: Float64Array;
  #older = 0;
  #olderUsed = 0;
  readonly #newer: Float64Array;
  readonly #total: Float64Array;
  #totalIsFresh = false;
  /** A typical row: rows less this are small, so that a large common offset costs no precision. */
  readonly #shift: Float64Array;
  readonly #delta: Float64Array;

  constructor(layout: MomentLayout) {
    this.layout = layout;
    this.#length = momentsLength(layout);
    this.#rows = new Float64Array(this.#capacity * layout.channels);
    this.#suffixes = new Float64Array(0);
    this.#newer = new Float64Array(this.#length);
    this.#total = new Float64Array(this.#length);
    this.#shift = new Float64Array(layout.channels);
    this.#delta = new Float64Array(layout.channels);
  }

  /** Rows in the window. */
  get count(): number {
    return this.#count;
  }

  /** Takes a copy of one row of finite values. */
  push(values: Float64Array): void {
    const { channels } = this.layout;
    if (this.#count === 0) this.#restart(values);
    if (this.#count === this.#capacity) this.#grow();
    const offset = this.#offsetOf(this.#count);
    for (let channel = 0; channel < channels; channel++) this.#rows[offset + channel] = values[channel]!;
    this.#count++;
    addRow(this.layout, { data: this.#newer, offset: 0 }, { values, offset: 0, shift: this.#shift }, this.#delta);
    this.#totalIsFresh = false;
  }

  /** Drops the oldest row; the window is not empty. */
  shift(): void {
    if (this.#olderUsed === this.#older) this.#turn();
    this.#olderUsed++;
    this.#first = (this.#first + 1) % this.#capacity;
    this.#count--;
    this.#totalIsFresh = false;
  }

  /** One value of the window; row 0 is the oldest. */
  value(row: number, channel: number): number {
    return this.#rows[this.#offsetOf(row) + channel]!;
  }

  /** Sample covariance of two channels (`column` ≤ `row`), divisor n−1; at least two rows. */
  covariance(row: number, column: number): number {
    return this.#window()[coMomentIndex(this.layout, row, column)]! / (this.#count - 1);
  }

  #window(): Float64Array {
    if (this.#totalIsFresh) return this.#total;
    const newer = { data: this.#newer, offset: 0 };
    if (this.#olderUsed === this.#older) this.#total.set(this.#newer);
    else {
      const suffix = { data: this.#suffixes, offset: this.#olderUsed * this.#length };
      mergeMoments(this.layout, { data: this.#total, offset: 0 }, suffix, newer);
    }
    this.#totalIsFresh = true;
    return this.#total;
  }

  /** Makes all rows the older part, with moments computed from the rows around a new typical row. */
  #turn(): void {
    const count = this.#count;
    this.#chooseShift();
    if (this.#suffixes.length < count * this.#length) this.#suffixes = new Float64Array(this.#capacity * this.#length);
    const suffixes = this.#suffixes;
    suffixes.fill(0, (count - 1) * this.#length, count * this.#length);
    for (let row = count - 1; row >= 0; row--) {
      const offset = row * this.#length;
      if (row < count - 1) suffixes.copyWithin(offset, offset + this.#length, offset + 2 * this.#length);
      const source = { values: this.#rows, offset: this.#offsetOf(row), shift: this.#shift };
      addRow(this.layout, { data: suffixes, offset }, source, this.#delta);
    }
    this.#newer.fill(0);
    this.#older = count;
    this.#olderUsed = 0;
  }

  /** The median of each channel: a spike does not move it. */
  #chooseShift(): void {
    const column = new Float64Array(this.#count);
    for (let channel = 0; channel < this.layout.channels; channel++) {
      for (let row = 0; row < this.#count; row++) column[row] = this.value(row, channel);
      this.#shift[channel] = column.sort()[this.#count >> 1]!;
    }
  }

  #restart(values: Float64Array): void {
    this.#newer.fill(0);
    this.#older = 0;
    this.#olderUsed = 0;
    for (let channel = 0; channel < this.layout.channels; channel++) this.#shift[channel] = values[channel]!;
  }

  #grow(): void {
    const { channels } = this.layout;
    const rows = new Float64Array(2 * this.#capacity * channels);
    for (let row = 0; row < this.#count; row++) {
      const offset = this.#offsetOf(row);
      rows.set(this.#rows.subarray(offset, offset + channels), row * channels);
    }
    this.#rows = rows;
    this.#capacity *= 2;
    this.#first = 0;
  }

  #offsetOf(row: number): number {
    let slot = this.#first + row;
    if (slot >= this.#capacity) slot -= this.#capacity;
    return slot * this.layout.channels;
  }
}
