import { specialFloat } from './number-text.ts';

const encoder = new TextEncoder();
const zero = 48;
const point = 46;
const minus = 45;

/** What is copied is copied in words of four bytes, so that sources and target need three bytes more at their end. */
export const slack = 4;

/** A piece of text in UTF-8 that can be copied into a writer. */
export interface EncodedText {
  readonly view: DataView;
  readonly length: number;
}

export function encodeText(text: string): EncodedText {
  const bytes = new Uint8Array(text.length * 3 + slack);
  const { written } = encoder.encodeInto(text, bytes);
  return { view: new DataView(bytes.buffer), length: written };
}

/** Appends text to bytes that grow as needed; `reset` keeps them for the next use. */
export class ByteWriter {
  position = 0;
  #bytes: Uint8Array;
  #view: DataView;

  constructor(size: number) {
    this.#bytes = new Uint8Array(size + slack);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** The bytes so far; the next write may change them. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.position);
  }

  /** The bytes so far, which belong to the caller from now on; the next write begins in new ones. */
  take(): Uint8Array {
    const taken = this.written();
    this.#bytes = new Uint8Array(this.#bytes.length);
    this.#view = new DataView(this.#bytes.buffer);
    this.position = 0;
    return taken;
  }

  get capacity(): number {
    return this.#bytes.length;
  }

  reset(): void {
    this.position = 0;
  }

  /** Makes room for at least that many bytes, which `copy` and `byte` count on. */
  reserve(size: number): void {
    if (this.position + size + slack > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.position + size + slack));
      grown.set(this.written());
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
  }

  text(text: string): void {
    this.reserve(text.length * 3);
    this.position += encoder.encodeInto(text, this.#bytes.subarray(this.position)).written;
  }

  /** Copies bytes of a source that has `slack` beyond them, into room that is reserved. */
  copy(source: DataView, start: number, end: number): void {
    const target = this.#view;
    let position = this.position;
    for (let from = start; from < end; from += 4) {
      target.setInt32(position, source.getInt32(from, true), true);
      position += 4;
    }
    this.position += end - start;
  }

  /** Writes one byte into room that is reserved. */
  byte(code: number): void {
    this.#bytes[this.position++] = code;
  }

  /** A number in the shortest form that reads back as the same double. */
  number(value: number): void {
    this.reserve(32);
    if (!(value >= 0 && value <= 0xffffffff)) {
      if (value < 0 && value >= -0xffffffff) {
        this.byte(minus);
        this.number(-value);
      } else {
        this.#ascii(specialFloat(value));
      }
      return;
    }
    const whole = value >>> 0;
    if (whole === value) {
      this.#integer(whole);
      return;
    }
    // A multiple of a millionth: its decimal digits, being few, are the shortest form.
    const millionths = Math.round(value * 1e6);
    if (millionths / 1e6 === value && value >= 1e-6) {
      this.#integer(whole);
      this.#fraction(millionths - whole * 1e6);
    } else {
      this.#ascii(String(value));
    }
  }

  #integer(value: number): void {
    const bytes = this.#bytes;
    let rest = value >>> 0;
    const end = this.position + digitsOf(rest);
    let index = end;
    do {
      const quotient = (rest / 10) >>> 0;
      bytes[--index] = zero + rest - quotient * 10;
      rest = quotient;
    } while (rest > 0);
    this.position = end;
  }

  #fraction(millionths: number): void {
    const bytes = this.#bytes;
    const start = this.position;
    bytes[start] = point;
    let rest = millionths >>> 0;
    let end = start + 1;
    for (let index = start + 6; index > start; index--) {
      const quotient = (rest / 10) >>> 0;
      const digit = rest - quotient * 10;
      bytes[index] = zero + digit;
      rest = quotient;
      if (digit !== 0 && end === start + 1) {
        end = index + 1;
      }
    }
    this.position = end;
  }

  #ascii(text: string): void {
    for (let index = 0; index < text.length; index++) {
      this.#bytes[this.position++] = text.charCodeAt(index);
    }
  }
}

function digitsOf(value: number): number {
  if (value < 100_000) {
    return value < 10 ? 1 : value < 100 ? 2 : value < 1000 ? 3 : value < 10_000 ? 4 : 5;
  }
  return value < 1_000_000 ? 6 : value < 10_000_000 ? 7 : value < 100_000_000 ? 8 : value < 1_000_000_000 ? 9 : 10;
}
