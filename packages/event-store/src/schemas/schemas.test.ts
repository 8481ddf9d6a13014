import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { incompatibility } from './compatibility.ts';
import { compileSchema, type JsonSchema } from './json-schema.ts';

const object = (properties: object, more: object = {}): JsonSchema => ({ type: 'object', properties, ...more });
const closed = { additionalProperties: false };

describe('compatibility', () => {
  it.each<[string, JsonSchema, JsonSchema, string | undefined, string | undefined]>([
    ['a field that becomes required', object({ a: {} }), object({ a: {} }, { required: ['a'] }), '$.a', undefined],
    ['a field that is required no more', object({}, { required: ['a'] }), object({}), undefined, '$.a'],
    [
      'a type that changes',
      object({ a: { type: 'string' } }),
      object({ a: { type: 'number' } }),
      '$.a.type',
      '$.a.type',
    ],
    ['integer to number', object({ a: { type: 'integer' } }), object({ a: { type: 'number' } }), undefined, '$.a.type'],
    ['a longer enum', { enum: ['a'] }, { enum: ['a', 'b'] }, undefined, '$: "b"'],
    [
      'values of other types than the type',
      { enum: [1, 'a', null, [1], { a: 1 }] },
      { type: ['integer', 'null', 'array', 'object'], enum: [1, 'a', null, [1], { a: 1 }] },
      '$: "a" is refused',
      undefined,
    ],
    [
      'an enum for its values, one by one',
      { enum: [{ a: [1, 2] }, 2.5] },
      { type: ['object', 'number'] },
      undefined,
      '$.enum',
    ],
    ['another constant', { const: [1] }, { const: [2] }, '$: [1]', '$: [2]'],
    ['a constant for an enum', { type: 'number', enum: [1, 2] }, { const: 2 }, '$: 1', undefined],
    ['an enum for a type', { type: 'string' }, { enum: ['a'] }, '$.enum', undefined],
    ['a raised minimum', { type: 'number', minimum: 1 }, { type: 'number', minimum: 2 }, '$.minimum', undefined],
    [
      'an open bound',
      { type: 'number', minimum: 1 },
      { type: 'number', exclusiveMinimum: 1 },
      '$.exclusiveMinimum',
      undefined,
    ],
    ['a shorter text', { type: 'string', maxLength: 5 }, { type: 'string', maxLength: 4 }, '$.maxLength', undefined],
    ['an optional field of a closed object', object({}, closed), object({ a: {} }, closed), undefined, '$.a'],
    [
      'a typed field of an open object',
      object({}),
      object({ a: { type: 'string' } }),
      '$.a: one version takes any value there',
      undefined,
    ],
    ['closing an object', object({}), object({}, closed), '$.*', undefined],
    ['narrower items', { type: 'array' }, { type: 'array', items: { type: 'string' } }, '$[]', undefined],
    [
      'a new pattern',
      { type: 'string' },
      { type: 'string', pattern: 'a' },
      '$.pattern: it cannot be decided',
      undefined,
    ],
    [
      'names by pattern, closed',
      { patternProperties: { '^s': { type: 'string' } }, additionalProperties: false },
      { additionalProperties: false },
      '$.^s: nothing is accepted any more',
      '$.patternProperties',
    ],
    [
      'names by pattern, for one type',
      { patternProperties: { '^s': { type: 'string' } }, additionalProperties: { type: 'number' } },
      { additionalProperties: { type: 'number' } },
      '$.^s.type',
      '$.patternProperties: it cannot be decided',
    ],
    [
      'names by pattern, for one name',
      { patternProperties: { '^s': { type: 'string' } }, additionalProperties: { type: 'number' } },
      object({ sum: { type: 'number' } }),
      '$.type',
      '$.patternProperties',
    ],
    [
      'names by pattern, for both types',
      { patternProperties: { '^s': { type: 'string' } }, additionalProperties: { type: 'number' } },
      { additionalProperties: { type: ['number', 'string'] } },
      undefined,
      '$.patternProperties',
    ],
    [
      'first items for all',
      { prefixItems: [{ type: 'string' }], items: { type: 'number' } },
      { items: { type: 'number' } },
      '$[0].type',
      '$.prefixItems: it cannot be decided',
    ],
    [
      'first items that are like all',
      { prefixItems: [{ type: 'integer' }], items: { type: 'number' } },
      { items: { type: 'number' } },
      undefined,
      '$.prefixItems',
    ],
    [
      'items behind the same first ones',
      { prefixItems: [{ type: 'string' }], items: { type: 'integer' } },
      { prefixItems: [{ type: 'string' }], items: { type: 'number' } },
      undefined,
      '$[].type',
    ],
    [
      'null that is allowed no more',
      { type: 'string', nullable: true },
      { type: 'string' },
      '$.type: null is refused',
      undefined,
    ],
    ['null as a type', { type: 'string', nullable: true }, { type: ['string', 'null'] }, undefined, undefined],
    [
      'an item that must be there',
      { contains: { type: 'number' }, minContains: 0 },
      { contains: { type: 'number' } },
      '$.contains: it cannot be decided',
      '$.contains',
    ],
    [
      'the same reference to another definition',
      object({ a: { $ref: '#/$defs/x' } }, { $defs: { x: { type: ['string', 'null'] } } }),
      object({ a: { $ref: '#/$defs/x' } }, { $defs: { x: { type: 'string' } } }),
      '$.a.$ref: it cannot be decided',
      '$.a.$ref',
    ],
    [
      'the same reference to the same definition',
      object({ a: { $ref: '#/$defs/x' } }, { $defs: { x: { type: 'string' } }, required: ['a'] }),
      object({ a: { $ref: '#/$defs/x' } }, { $defs: { x: { type: 'string' } } }),
      undefined,
      '$.a: it is required',
    ],
    [
      'a reference to a part that changed',
      object({ a: { type: ['string', 'null'] }, b: { $ref: '#/properties/a' } }),
      object({ a: { type: 'string' }, b: { $ref: '#/properties/a' } }),
      '$.a.type',
      '$.b.$ref',
    ],
    [
      'a value for a reference',
      object({ a: { const: 1 } }),
      object({ a: { $ref: '#/$defs/x' } }, { $defs: { x: { type: 'number' } } }),
      '$.a.$ref: it cannot be decided',
      '$.a.enum',
    ],
    [
      'other words for people',
      { type: 'string' },
      { type: 'string', title: 'x', description: 'y' },
      undefined,
      undefined,
    ],
  ])('%s', (_, latest, next, backward, forward) => {
    const find = (mode: 'BACKWARD' | 'FORWARD') => incompatibility(latest, next, mode);
    if (backward) expect(find('BACKWARD')).toContain(backward);
    else expect(find('BACKWARD')).toBeUndefined();
    if (forward) expect(find('FORWARD')).toContain(forward);
    else expect(find('FORWARD')).toBeUndefined();
    expect(incompatibility(latest, next, 'FULL') === undefined).toBe(!backward && !forward);
    expect(incompatibility(latest, next, 'NONE')).toBeUndefined();
  });

  it('is decided at once for hundreds of lists of values', () => {
    const lists = (more: readonly string[]) =>
      object(
        Object.fromEntries(
          Array.from({ length: 2000 }, (_, n) => [`p${n}`, { type: 'string', enum: [`a${n}`, 'b', ...more] }]),
        ),
      );
    expect(incompatibility(lists([]), lists(['c']), 'BACKWARD')).toBeUndefined();
    expect(incompatibility(lists(['c']), lists([]), 'BACKWARD')).toContain('$.p0: "c" is refused');
  });

  it('never accepts a schema that refuses a payload which the other one takes', () => {
    const leaf = fc.oneof(
      fc.constant(true as JsonSchema),
      fc.record(
        {
          type: fc.constantFrom('string', 'number', 'integer', 'null'),
          minimum: fc.integer({ min: 0, max: 3 }),
          nullable: fc.constant(true),
        },
        { requiredKeys: ['type'] },
      ),
      fc.record({ enum: fc.constantFrom([1], [1, 'a'], [null, 2]) }),
      fc.record({ type: fc.constant('number'), exclusiveMinimum: fc.integer({ min: 0, max: 3 }) }),
    ) as fc.Arbitrary<JsonSchema>;
    const schema = fc.record(
      {
        type: fc.constant('object'),
        properties: fc.dictionary(fc.constantFrom('a', 'b'), leaf),
        required: fc.uniqueArray(fc.constantFrom('a', 'b')),
        patternProperties: fc.dictionary(fc.constantFrom('a', '[bc]'), leaf),
        additionalProperties: fc.oneof(fc.boolean(), leaf),
      },
      { requiredKeys: ['type'] },
    ) as fc.Arbitrary<JsonSchema>;
    const value = fc.constantFrom(0, 1, 2, 3, 1.5, 'a', null);
    const list = fc.record(
      {
        type: fc.constant('array'),
        prefixItems: fc.array(leaf, { minLength: 1, maxLength: 2 }),
        items: fc.oneof(fc.boolean(), leaf),
        contains: leaf,
        minContains: fc.integer({ min: 0, max: 1 }),
      },
      { requiredKeys: ['type'] },
    ) as fc.Arbitrary<JsonSchema>;
    const payload = fc.dictionary(fc.constantFrom('a', 'b', 'c'), value);
    const holds = (kind: fc.Arbitrary<JsonSchema>, anyPayload: fc.Arbitrary<unknown>) =>
      fc.assert(
        fc.property(kind, kind, fc.array(anyPayload, { minLength: 5, maxLength: 5 }), (latest, next, payloads) => {
          if (incompatibility(latest, next, 'BACKWARD') !== undefined) return;
          const [before, after] = [compileSchema(latest), compileSchema(next)];
          for (const one of payloads) if (before(one) === undefined) expect(after(one)).toBeUndefined();
        }),
        { numRuns: 150 },
      );
    holds(schema, payload);
    holds(list, fc.array(value, { maxLength: 3 }));
  });
});

describe('a schema', () => {
  it('is draft 2020-12, with formats', () => {
    const check = compileSchema({ prefixItems: [{ type: 'integer' }, { format: 'date-time' }] });
    expect(check([1, '2026-01-01T00:00:00Z'])).toBeUndefined();
    expect(check([1, 'yesterday'])).toContain('date-time');
    expect(check([1.5])).toContain('integer');
  });

  it.each([['text'], [{ type: 'unknown' }], [{ $ref: 'https://example.com/schema' }], [[]], [null]])(
    '%j is none',
    (schema) => expect(() => compileSchema(schema)).toThrow(/schema/),
  );

  it('that is too large to be run is refused, not the payloads', () => {
    const properties = Object.fromEntries(Array.from({ length: 4000 }, (_, n) => [`p${n}`, { type: 'string' }]));
    expect(() => compileSchema({ type: 'object', properties })).toThrow(
      'the schema is not valid: it has too many parts',
    );
  });
});
