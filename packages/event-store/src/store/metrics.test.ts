import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { movement, samples } from '../testing/movement.ts';
import { TemporaryStores } from '../testing/temporary-stores.ts';

const stores = new TemporaryStores();
afterEach(() => stores.clear());

const event = (entity_id: string) => ({ event_type: 'thing.done', entity_id, payload: {} });
const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });

describe('metrics', () => {
  it('count every event of a batch that a full disk refused', async () => {
    const store = await stores.open();
    store.parts.log.active.file.write = () => Promise.reject(full);
    const batch = [event('e'), { ...event('e'), event_type: 'Not A Type' }, { ...event('e'), entity_id: '' }];
    const moved = await movement(store.registry, () =>
      expect(store.appendBatch(batch, { partial: true })).rejects.toMatchObject({ status: 507 }),
    );
    expect(moved).toEqual({ ingestion_errors_total: 3, ingestion_duration_seconds_count: 3 });
  });

  it('give the size of the log, the segments and the state', async () => {
    const folder = stores.newFolder();
    const store = await stores.open({ folder });
    await store.appendBatch(Array.from({ length: 20 }, () => event('e')));
    await store.snapshot('e');
    await store.maintenance.roll();
    await store.append(event('e'));
    const bytes = () =>
      readdirSync(folder)
        .filter((name) => /^(log|segment|state)-/.test(name))
        .reduce((sum, name) => sum + readFileSync(join(folder, name)).length, 0);
    expect(samples(store.registry)['storage_size_bytes']).toBe(bytes());
    await store.close();
    const again = await stores.open({ folder });
    expect(samples(again.registry)['storage_size_bytes']).toBe(bytes());
  });
});
