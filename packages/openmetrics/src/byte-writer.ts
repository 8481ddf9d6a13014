import { specialFloat } from './number-text.ts';

const encoder = new TextEncoder();
const zero = 48;

/** Appends text to bytes that grow as needed; `reset` keeps them for the next use. */
export class ByteWriter {
  bytes: Uint8Array;
  position = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }

  /** The bytes so far; the next write may change them. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.position);
  }

  reset(): void {
    this.position = 0;
  }

  /** Makes room for at least that many bytes. */
  reserve(size: number): void {
    if (this.position + size > this.bytes.length) {
      const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.position + size));
      grown.set(this.view());
      this.bytes = grown;
    }
  }

  text(text: string): void {
    this.reserve(text.length * 3);
    this.position += encoder.encodeInto(text, this.bytes.subarray(this.position)).written;
  }

  copy(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    const { bytes } = this;
    let { position } = this;
    for (let index = start; index < end; index++) {
      bytes[position++] = source[index] as number;
    }
    this.position = position;
  }

  byte(code: number): void {
    this.reserve(1);
    this.bytes[this.position++] = code;
  }

  /** A number in its shortest form. */
  number(value: number): void {
    if (value >= 0 && value <= 0xffffffff && value % 1 === 0) {
      this.integer(value);
    } else {
      this.ascii(specialFloat(value));
    }
  }

  /** Unix seconds with up to three decimals. */
  seconds(value: number): void {
    const milliseconds = Math.round(value * 1000);
    if (milliseconds / 1000 !== value || value < 0 || value > 0xffffffff) {
      this.number(value);
      return;
    }
    const whole = Math.floor(value);
    const fraction = milliseconds - whole * 1000;
    this.integer(whole);
    if (fraction > 0) {
      this.reserve(4);
      this.bytes[this.position++] = 46;
      this.bytes[this.position++] = zero + Math.floor(fraction / 100);
      this.bytes[this.position++] = zero + (Math.floor(fraction / 10) % 10);
      this.bytes[this.position++] = zero + (fraction % 10);
      while (this.bytes[this.position - 1] === zero) {
        this.position--;
      }
    }
  }

  private integer(value: number): void {
    this.reserve(10);
    const { bytes } = this;
    let rest = value >>> 0;
    let digits = 1;
    for (let power = 10; power <= rest; power *= 10) {
      digits++;
    }
    const end = this.position + digits;
    for (let index = end - 1; index >= this.position; index--) {
      const quotient = Math.floor(rest / 10);
      bytes[index] = zero + rest - quotient * 10;
      rest = quotient;
    }
    this.position = end;
  }

  private ascii(text: string): void {
    this.reserve(text.length);
    for (let index = 0; index < text.length; index++) {
      this.bytes[this.position++] = text.charCodeAt(index);
    }
  }
}
