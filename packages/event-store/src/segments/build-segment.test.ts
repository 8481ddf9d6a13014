import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { fill, TemporaryStores } from '../testing/temporary-stores.ts';
import { buildSegment, holdsAt } from './build-segment.ts';

const stores = new TemporaryStores();
afterEach(() => stores.clear());

describe('a built segment', () => {
  it('has the JSON of each event at its place in the file, byte by byte', async () => {
    const folder = stores.newFolder();
    const store = await stores.open({ folder });
    await fill(store, 0, 30);
    await store.append({ event_type: 'thing.done', entity_id: 'e', payload: 'ünï', metadata: { by: 'ü' } });
    await store.close();
    const logs = ['log-0000000001.wal'];
    const built = await buildSegment({ folder, logs, segments: [], output: 'segment-9.parquet', erasures: [] });
    const file = readFileSync(join(folder, 'segment-9.parquet'));
    const text = (at: number, bytes: number): string => file.toString('utf8', at, at + bytes);
    expect(text(built.payloadAt[7]!, built.payloadBytes[7]!)).toBe('{"n":7,"text":"ü"}');
    expect(text(built.payloadAt[30]!, built.payloadBytes[30]!)).toBe('"ünï"');
    expect(text(built.metadataAt[30]!, built.metadataBytes[30]!)).toBe('{"by":"ü"}');
  });

  it('is refused when the bytes at a place are others, or the file ends before', () => {
    const file = Buffer.from('..{"n":1}..');
    const wanted = Buffer.from('{"n":1}');
    expect(holdsAt(file, 2, wanted)).toBe(true);
    expect(holdsAt(file, 1, wanted)).toBe(false);
    expect(holdsAt(file, 6, wanted)).toBe(false);
  });
});
