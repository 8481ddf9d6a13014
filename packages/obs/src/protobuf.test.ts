import fc from 'fast-check';
import Long from 'long';
import protobuf from 'protobufjs';
import { expect, test } from 'vitest';
import { ProtobufWriter } from './protobuf.ts';

protobuf.util.Long = Long;
protobuf.configure();

const schema = protobuf.parse(`
  syntax = "proto3";
  message Everything {
    int64 whole = 1; bool flag = 2; double real = 3; fixed64 time = 4; sfixed64 signed = 5; string text = 6;
    bytes data = 7; bytes id = 8; repeated double bounds = 9; repeated fixed64 counts = 10;
    Everything child = 11; repeated Everything children = 200; fixed32 flags = 16;
  }`).root;
const everything = schema.lookupType('Everything');

function decode(bytes: Uint8Array): Record<string, unknown> {
  return everything.toObject(everything.decode(bytes), { longs: String, bytes: String });
}

test('a reader that is not ours understands every kind of field', () => {
  const writer = new ProtobufWriter(16);
  writer.varint(1, 2 ** 53 - 1);
  writer.varint(2, true);
  writer.double(3, -1.5e300);
  writer.nanoseconds(4, 1_795_270_000, 123_456_789);
  writer.fixed64(5, -42);
  writer.string(6, 'grüße 🙂'.repeat(40));
  writer.bytes(7, Uint8Array.of(0, 255, 128));
  writer.hex(8, '00ff10a0');
  writer.packedDoubles(9, [0.1, 2.5, Number.POSITIVE_INFINITY]);
  writer.packedFixed64(10, [0, 2 ** 40, 7]);
  writer.fixed32(16, 0xffffffff);
  expect(decode(writer.finish())).toEqual({
    whole: '9007199254740991',
    flag: true,
    real: -1.5e300,
    time: '1795270000123456789',
    signed: '-42',
    text: 'grüße 🙂'.repeat(40),
    data: Buffer.from([0, 255, 128]).toString('base64'),
    id: Buffer.from('00ff10a0', 'hex').toString('base64'),
    bounds: [0.1, 2.5, Number.POSITIVE_INFINITY],
    counts: ['0', '1099511627776', '7'],
    flags: 4294967295,
  });
});

test('nested messages of any size carry their length', () => {
  for (const size of [0, 1, 100, 126, 127, 128, 16_383, 16_384, 300_000]) {
    const writer = new ProtobufWriter(16);
    const child = writer.begin(11);
    const grandchild = writer.begin(200);
    writer.string(6, 'x'.repeat(size));
    writer.end(grandchild);
    writer.end(child);
    writer.varint(1, 7);
    expect(decode(writer.finish())).toEqual({ child: { children: [{ text: 'x'.repeat(size) }] }, whole: '7' });
  }
});

test('nothing of one message is left in the next', () => {
  const writer = new ProtobufWriter();
  writer.string(6, 'first');
  const first = writer.finish();
  writer.varint(1, 1);
  expect(decode(writer.finish())).toEqual({ whole: '1' });
  expect(decode(first)).toEqual({ text: 'first' });
});

test('any integers, texts and times come back', () => {
  fc.assert(
    fc.property(
      fc.maxSafeInteger(),
      fc.string({ unit: 'grapheme' }),
      fc.integer({ min: 0, max: 2 ** 33 }),
      fc.integer({ min: 0, max: 999_999_999 }),
      (whole, text, seconds, nanoseconds) => {
        const writer = new ProtobufWriter(16);
        writer.varint(1, whole);
        writer.string(6, text);
        writer.nanoseconds(4, seconds, nanoseconds);
        writer.fixed64(5, whole);
        expect(decode(writer.finish())).toEqual({
          whole: String(whole),
          text,
          time: String(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds)),
          signed: String(whole),
        });
      },
    ),
    { numRuns: 200 },
  );
});
