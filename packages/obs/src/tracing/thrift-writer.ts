import { GrowingWriter } from '../growing-writer.ts';

/** Type ids of Thrift's binary protocol. */
export const thriftType = { bool: 2, double: 4, i32: 8, i64: 10, string: 11, struct: 12, list: 15 } as const;

/**
 * Writes Thrift's binary protocol (https://github.com/apache/thrift/blob/master/doc/specs/thrift-binary-protocol.md) into
 * a buffer that grows and is used again.
 */
export class ThriftWriter extends GrowingWriter {
  /** The header of a struct's field; its value follows. */
  field(type: number, id: number): this {
    this.ensure(3);
    this.position = this.buffer.writeUInt8(type, this.position);
    this.position = this.buffer.writeInt16BE(id, this.position);
    return this;
  }

  /** The end of a struct. */
  stop(): void {
    this.ensure(1);
    this.position = this.buffer.writeUInt8(0, this.position);
  }

  /** The header of a list; its items follow. */
  list(type: number, length: number): void {
    this.ensure(5);
    this.position = this.buffer.writeUInt8(type, this.position);
    this.position = this.buffer.writeInt32BE(length, this.position);
  }

  bool(value: boolean): void {
    this.ensure(1);
    this.position = this.buffer.writeUInt8(value ? 1 : 0, this.position);
  }

  i32(value: number): void {
    this.ensure(4);
    this.position = this.buffer.writeInt32BE(value, this.position);
  }

  /** A safe integer. */
  i64(value: number): void {
    this.ensure(8);
    this.position = this.buffer.writeInt32BE(Math.floor(value / 2 ** 32), this.position);
    this.position = this.buffer.writeUInt32BE(value - Math.floor(value / 2 ** 32) * 2 ** 32, this.position);
  }

  /** An `i64` given as up to 16 hexadecimal digits. */
  hex64(hex: string): void {
    this.ensure(8);
    this.buffer.write(hex.padStart(16, '0'), this.position, 'hex');
    this.position += 8;
  }

  double(value: number): void {
    this.ensure(8);
    this.position = this.buffer.writeDoubleBE(value, this.position);
  }

  string(value: string): void {
    this.ensure(value.length * 3 + 4);
    const length = this.buffer.write(value, this.position + 4, 'utf8');
    this.buffer.writeInt32BE(length, this.position);
    this.position += length + 4;
  }

  bytes(value: Uint8Array): void {
    this.ensure(value.length + 4);
    this.position = this.buffer.writeInt32BE(value.length, this.position);
    this.buffer.set(value, this.position);
    this.position += value.length;
  }
}
