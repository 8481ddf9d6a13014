import { expect, it } from 'vitest';
import { plainValue } from './plain-value.ts';

const same = (text: string): string => text;

it('copies what is plain', () => {
  const value = { list: [1, 'two', null, true], nested: { bytes: new Uint8Array([1]) } };
  const copy = plainValue(value, same) as typeof value;
  expect(copy).toEqual(value);
  expect(copy.list).not.toBe(value.list);
});

it('makes text of what no format knows, and ends what never ends', () => {
  const cyclic: Record<string, unknown> = { id: 10n, symbol: Symbol('s') };
  cyclic['self'] = cyclic;
  expect(plainValue(cyclic, same)).toMatchObject({ id: '10', symbol: 'Symbol(s)', self: { self: { id: '10' } } });
  expect(JSON.stringify(plainValue(cyclic, same)).length).toBeLessThan(1000);
});

it('says of what cannot be read that it cannot', () => {
  const hostile = {
    get key() {
      throw new Error('hostile');
    },
  };
  expect(plainValue([hostile], same)).toBe('unreadable value');
});

it('cuts each text and leaves the original as it is', () => {
  const value = { deep: ['abcdef'] };
  expect(plainValue(value, (text) => text.slice(0, 3))).toEqual({ deep: ['abc'] });
  expect(value).toEqual({ deep: ['abcdef'] });
});
