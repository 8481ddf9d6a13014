import { describe, expect, it } from 'vitest';
import { EventIndex } from './event-index.ts';

const row = { timestamp: 1, file: 1, payloadAt: 0, payloadBytes: 0, metadataAt: 0, metadataBytes: 0 };
const id = (byte: number) => ({ bytes: new Uint8Array(16).fill(byte), at: 0 });

describe('an entity whose events all went', () => {
  it('is there again with the event that was being written meanwhile', () => {
    const index = new EventIndex();
    const entity = index.entityOf('default', 'e-1');
    index.add(entity, 'thing.done', { ...row, sequence: 1, version: 1 }, id(1));
    expect(index.positionsOf(entity)).toEqual([0]);
    index.drop([0]);
    expect(index.find('default', 'e-1')).toBeUndefined();
    index.add(entity, 'thing.done', { ...row, sequence: 2, version: 2 }, id(2));
    const found = index.find('default', 'e-1')!;
    expect(found.version).toBe(2);
    expect(index.positionsOf(found)).toEqual([1]);
    expect(index.entityAt(1)).toBe(found);
    expect([index.events, index.entities]).toEqual([1, 1]);
  });
});
