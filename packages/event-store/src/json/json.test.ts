import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bareObject, mergeInto, parseExact } from './exact.ts';
import { arraySpans, objectSpans } from './spans.ts';

const pick = (text: string, spans: Iterable<readonly [string, { start: number; end: number }]>) =>
  Object.fromEntries([...spans].map(([key, { start, end }]) => [key, JSON.parse(text.slice(start, end))]));

describe('objectSpans', () => {
  it('finds the text of every value of any object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        expect(pick(text, objectSpans(text))).toEqual(JSON.parse(text));
      }),
      { numRuns: 200 },
    );
  });

  it('keeps the text as it came, takes the last of two and reads escaped keys', () => {
    const text = ' { "n" : 9007199254740993 , "n":1e400, "\\u0061b": "x\\\\\\"y" }';
    const spans = objectSpans(text);
    expect([...spans].map(([key, { start, end }]) => [key, text.slice(start, end)])).toEqual([
      ['n', '1e400'],
      ['ab', '"x\\\\\\"y"'],
    ]);
  });

  it('finds the elements of any array', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (value) => {
        const text = JSON.stringify(value);
        expect(arraySpans(text).map(({ start, end }) => JSON.parse(text.slice(start, end)))).toEqual(JSON.parse(text));
      }),
      { numRuns: 100 },
    );
  });
});

describe('exact JSON', () => {
  it.each(['{"n":9007199254740993}', '[123456789012345678901234567890.5,1E3,0.1]', '{"a":"12345678901234567890"}'])(
    'gives %s back as it came',
    (text) => expect(JSON.stringify(parseExact(text))).toBe(text),
  );

  it('merges a key named __proto__ like any other', () => {
    const state = bareObject();
    mergeInto(state, JSON.parse('{"a":1,"__proto__":{"polluted":true},"constructor":2}'));
    mergeInto(state, JSON.parse('{"a":2}'));
    mergeInto(state, 'text');
    expect(JSON.stringify(state)).toBe('{"a":2,"__proto__":{"polluted":true},"constructor":2}');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(state['toString']).toBeUndefined();
  });
});
