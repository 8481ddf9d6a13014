import { describe, expect, it } from 'vitest';
import { MemoryFiles } from '../log/memory-files.ts';
import { Columns } from './columns.ts';
import { Payloads } from './payloads.ts';

/** Payloads `{"n":0}`, `{"n":1}`, ... in one file, behind a cache of so many bytes, with the number of reads. */
async function payloadsOf(count: number, cacheBytes: number) {
  const texts = Array.from({ length: count }, (_, n) => `{"n":${n}}`);
  const file = new MemoryFiles().open('events');
  await file.write(Buffer.from(texts.join('')), 0);
  const columns = new Columns();
  const payloads = new Payloads(columns, cacheBytes);
  const reads = { count: 0 };
  const read = file.read.bind(file);
  file.read = (into, position) => {
    reads.count++;
    return read(into, position);
  };
  const number = payloads.addFile(file);
  let at = 0;
  const positions = texts.map((text, n) => {
    const place = { file: number, payloadAt: at, payloadBytes: text.length, metadataAt: 0, metadataBytes: 0 };
    at += text.length;
    const keys = { entity: 1, before: 0, type: 0, id: { bytes: new Uint8Array(16), at: 0 } };
    return columns.push({ ...place, sequence: n + 1, timestamp: 0, version: 1 }, keys);
  });
  const readsFor = (wanted: readonly number[]): number => {
    const before = reads.count;
    expect(payloads.read(wanted).map(({ payload }) => payload)).toEqual(wanted.map((one) => texts[one]));
    return reads.count - before;
  };
  return { positions, readsFor };
}

describe('the cache of payloads', () => {
  it('holds what was read last, however often payloads were read together with cached neighbours', async () => {
    const { positions, readsFor } = await payloadsOf(200, 10_000);
    for (let round = 0; round < 2000; round++) {
      const start = 190 - ((round * 7) % 190);
      readsFor(positions.slice(start, start + 10));
    }
    const newest = positions.slice(100, 150);
    readsFor(newest);
    expect(readsFor(newest)).toBe(0);
  });

  it('makes room for what is read by dropping what was used the longest time ago', async () => {
    const { positions, readsFor } = await payloadsOf(1000, 20_000);
    const used = positions.slice(0, 5);
    for (let at = 5; at < 1000; at += 5) {
      readsFor(used);
      readsFor(positions.slice(at, at + 5));
    }
    expect(readsFor(used)).toBe(0);
    expect(readsFor(positions.slice(900, 1000))).toBe(0);
    expect(readsFor(positions.slice(100, 200))).toBe(1);
  });

  it('keeps nothing that is larger than itself', async () => {
    const { positions, readsFor } = await payloadsOf(10, 50);
    expect(readsFor(positions)).toBe(1);
    expect(readsFor(positions)).toBe(1);
  });
});
