/**
 * How a row of readings becomes bytes: hundredths as big-endian int32 (rounded half up, saturating), big-endian doubles, or
 * one truncated byte of hundredths from 0 to 255.
 */
export type PayloadEncoding = 'centi32' | 'f64be' | 'saturating8';

const bytesPerValue: Readonly<Record<PayloadEncoding, number>> = { centi32: 4, f64be: 8, saturating8: 1 };

/** Encodes rows into one buffer that is used again for each. */
export class FrameEncoder {
  readonly encoding: PayloadEncoding;
  #bytes: Uint8Array = new Uint8Array(256);
  #view: DataView = new DataView(this.#bytes.buffer);

  constructor(encoding: PayloadEncoding) {
    this.encoding = encoding;
  }

  /** The frame of the values that are present (not NaN), in order; valid until the next call. */
  encode(values: Float64Array): Uint8Array {
    const size = bytesPerValue[this.encoding];
    if (this.#bytes.length < values.length * size) {
      this.#bytes = new Uint8Array(values.length * size * 2);
      this.#view = new DataView(this.#bytes.buffer);
    }
    let length = 0;
    for (let index = 0; index < values.length; index++) {
      const value = values[index]!;
      if (Number.isNaN(value)) continue;
      this.#write(length, value);
      length += size;
    }
    return this.#bytes.subarray(0, length);
  }

  #write(offset: number, value: number): void {
    if (this.encoding === 'f64be') this.#view.setFloat64(offset, value);
    else if (this.encoding === 'saturating8') this.#bytes[offset] = Math.max(0, Math.min(255, Math.trunc(value * 100)));
    else this.#view.setInt32(offset, Math.max(-0x80000000, Math.min(0x7fffffff, Math.round(value * 100))));
  }
}

const counts = new Uint32Array(256);
/** c·log2 c of small counts. */
const weights = Float64Array.from({ length: 257 }, (_, count) => (count === 0 ? 0 : count * Math.log2(count)));

/**
 * Shannon entropy of the byte histogram of a frame, −Σ p·log2 p, in bits per byte: 0 for an empty frame or equal bytes,
 * 8 at most (Shannon 1948).
 */
export function byteEntropy(frame: Uint8Array): number {
  const { length } = frame;
  if (length === 0) return 0;
  counts.fill(0);
  for (let index = 0; index < length; index++) counts[frame[index]!]!++;
  let sum = 0;
  for (let value = 0; value < 256; value++) {
    const count = counts[value]!;
    if (count === length) return 0;
    if (count > 1) sum += count < weights.length ? weights[count]! : count * Math.log2(count);
  }
  return Math.log2(length) - sum / length;
}
