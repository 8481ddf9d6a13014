import { GrowingWriter } from './growing-writer.ts';

const two32 = 2 ** 32;

const lengthDelimited = 2;
const fixed64Wire = 1;

/**
 * Writes one Protocol Buffers message into a buffer that grows and is used again
 * (https://protobuf.dev/programming-guides/encoding/). Nothing is left out because it equals a default: omit such fields
 * by not calling.
 */
export class ProtobufWriter extends GrowingWriter {
  /** `capacity` in bytes is where the buffer starts; it doubles as needed. */
  constructor(capacity = 4096) {
    super(Math.max(16, capacity));
  }

  /** An `int32`, `int64`, `uint32`, `uint64`, `enum` or `bool` field; a safe integer, negative ones take ten bytes. */
  varint(field: number, value: number | boolean): void {
    this.ensure(16);
    this.#unsigned(field << 3);
    this.#integer(Number(value));
  }

  /** A `double` field. */
  double(field: number, value: number): void {
    this.ensure(16);
    this.#unsigned((field << 3) | fixed64Wire);
    this.position = this.buffer.writeDoubleLE(value, this.position);
  }

  /** A `fixed32` field; an integer below 2^32. */
  fixed32(field: number, value: number): void {
    this.ensure(16);
    this.#unsigned((field << 3) | 5);
    this.position = this.buffer.writeUInt32LE(value >>> 0, this.position);
  }

  /** A `fixed64` or `sfixed64` field; a safe integer. */
  fixed64(field: number, value: number): void {
    this.ensure(16);
    this.#unsigned((field << 3) | fixed64Wire);
    this.#words(value, Math.floor(value / two32));
  }

  /** A `fixed64` field that counts nanoseconds, given as whole seconds and nanoseconds: exact beyond 2^53. */
  nanoseconds(field: number, seconds: number, nanoseconds: number): void {
    this.ensure(16);
    this.#unsigned((field << 3) | fixed64Wire);
    const high = Math.floor(seconds / 65536) * 1e9;
    const low = (high % 65536) * 65536 + (seconds % 65536) * 1e9 + nanoseconds;
    this.#words(low, Math.floor(high / 65536) + Math.floor(low / two32));
  }

  /** A `string` field; lone surrogates become U+FFFD. */
  string(field: number, value: string): void {
    this.ensure(value.length * 3 + 16);
    const mark = this.begin(field);
    this.position += this.buffer.write(value, this.position, 'utf8');
    this.end(mark);
  }

  /** A `bytes` field. */
  bytes(field: number, value: Uint8Array): void {
    this.ensure(value.length + 16);
    this.#unsigned((field << 3) | lengthDelimited);
    this.#unsigned(value.length);
    this.buffer.set(value, this.position);
    this.position += value.length;
  }

  /** A `bytes` field given as lower-case hexadecimal text, such as a trace id. */
  hex(field: number, value: string): void {
    this.ensure(value.length + 16);
    const mark = this.begin(field);
    this.position += this.buffer.write(value, this.position, 'hex');
    this.end(mark);
  }

  /** A packed `repeated double` field. */
  packedDoubles(field: number, values: readonly number[]): void {
    this.ensure(values.length * 8 + 16);
    this.#unsigned((field << 3) | lengthDelimited);
    this.#unsigned(values.length * 8);
    for (const value of values) this.position = this.buffer.writeDoubleLE(value, this.position);
  }

  /** A packed `repeated fixed64` field; safe integers. */
  packedFixed64(field: number, values: readonly number[]): void {
    this.ensure(values.length * 8 + 16);
    this.#unsigned((field << 3) | lengthDelimited);
    this.#unsigned(values.length * 8);
    for (const value of values) this.#words(value, Math.floor(value / two32));
  }

  /** Opens a nested message; write its fields, then hand the returned mark to `end`. */
  begin(field: number): number {
    this.ensure(16);
    this.#unsigned((field << 3) | lengthDelimited);
    this.position += 1;
    return this.position;
  }

  /** Closes the nested message that `begin` opened. */
  end(mark: number): void {
    const length = this.position - mark;
    if (length < 0x80) {
      this.buffer[mark - 1] = length;
      return;
    }
    const extra = varintLength(length) - 1;
    this.ensure(extra);
    this.buffer.copyWithin(mark + extra, mark, this.position);
    this.position = mark - 1;
    this.#unsigned(length);
    this.position += length;
  }

  #integer(value: number): void {
    if (value >= 0) this.#unsigned(value);
    else this.#negative(value);
  }

  #unsigned(value: number): void {
    while (value > 0x7fffffff) {
      this.buffer[this.position++] = (value % 0x80) | 0x80;
      value = Math.floor(value / 0x80);
    }
    while (value > 0x7f) {
      this.buffer[this.position++] = (value & 0x7f) | 0x80;
      value >>>= 7;
    }
    this.buffer[this.position++] = value;
  }

  #negative(value: number): void {
    let rest = BigInt.asUintN(64, BigInt(Math.trunc(value)));
    while (rest > 0x7fn) {
      this.buffer[this.position++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.buffer[this.position++] = Number(rest);
  }

  #words(low: number, high: number): void {
    this.position = this.buffer.writeUInt32LE(modulo(low), this.position);
    this.position = this.buffer.writeUInt32LE(modulo(high), this.position);
  }
}

function modulo(value: number): number {
  const rest = value % two32;
  return rest < 0 ? rest + two32 : rest;
}

function varintLength(value: number): number {
  let length = 1;
  while (value > 0x7f) {
    value = Math.floor(value / 0x80);
    length += 1;
  }
  return length;
}
