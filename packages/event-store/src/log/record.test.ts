import { describe, expect, it } from 'vitest';
import { readRecords, recordHeaderBytes, sealRecord } from './record.ts';

/** A log of groups of records: each group is one write. */
function logOf(groups: readonly (readonly string[])[]): Buffer {
  let log = Buffer.alloc(0);
  for (const group of groups) {
    const groupStart = log.length;
    for (const text of group) {
      const record = Buffer.concat([Buffer.alloc(recordHeaderBytes), Buffer.from(text)]);
      sealRecord(record, { at: 0, end: record.length, groupStart });
      log = Buffer.concat([log, record]);
    }
  }
  return log;
}

const texts = (bytes: Buffer) => readRecords(bytes).records.map(({ body }) => body.toString());
const log = logOf([['one'], ['two', 'three'], ['four']]);

describe('readRecords', () => {
  it('reads what was written, with the places of the bodies', () => {
    expect(texts(log)).toEqual(['one', 'two', 'three', 'four']);
    expect(readRecords(log).rest).toBe('none');
    const { body, at } = readRecords(log).records[2]!;
    expect(log.toString('utf8', at, at + body.length)).toBe('three');
  });

  it('gives the whole records before any cut, and takes the rest for torn', () => {
    for (let length = 0; length <= log.length; length++) {
      const { records, goodBytes, rest } = readRecords(log.subarray(0, length));
      expect(['one', 'two', 'three', 'four'].slice(0, records.length)).toEqual(
        records.map(({ body }) => body.toString()),
      );
      expect(rest).toBe(goodBytes === length ? 'none' : 'torn');
    }
  });

  it('sees every flipped byte, and calls it damage when a later write proves that it was durable', () => {
    const lastGroup = log.length - recordHeaderBytes - 'four'.length;
    for (let at = 0; at < log.length; at++) {
      const flipped = Buffer.from(log);
      flipped[at]! ^= 0x55;
      const { records, rest } = readRecords(flipped);
      expect(records.length).toBeLessThan(4);
      expect(rest).toBe(at < lastGroup ? 'damaged' : 'torn');
    }
  });

  it('takes a group of which only the end reached the disk for torn', () => {
    const lost = Buffer.from(log);
    const second = recordHeaderBytes + 'one'.length;
    lost.fill(0, second, second + recordHeaderBytes + 'two'.length);
    const { rest } = readRecords(lost.subarray(0, log.length - recordHeaderBytes - 'four'.length));
    expect([texts(lost), rest]).toEqual([['one'], 'torn']);
  });

  it('takes zeros at the end, as some file systems leave them, for torn', () => {
    expect(readRecords(Buffer.concat([log, Buffer.alloc(100)])).rest).toBe('torn');
  });
});
