import { expect, it } from 'vitest';
import { bareObject } from '../json/exact.ts';
import { EntitySnapshots } from './entity-snapshots.ts';

it('states that are small are kept within the same memory as large ones', () => {
  let folds = 0;
  const fold = () => {
    folds++;
    return { state: bareObject(), lastSequence: 1 };
  };
  const states = new EntitySnapshots((_tenant, entityId) => ({ number: Number(entityId), events: 1, fold }));
  const readAll = (count: number): number => {
    folds = 0;
    for (let entity = 1; entity <= count; entity++) states.read('default', String(entity));
    return folds;
  };
  readAll(50_000);
  expect(readAll(50_000)).toBe(0);
  readAll(200_000);
  expect(readAll(200_000)).toBe(200_000);
});
