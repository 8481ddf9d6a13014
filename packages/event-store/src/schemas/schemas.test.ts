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

  it('never accepts a schema that refuses a payload which the other one takes', () => {
    const leaf = fc.oneof(
      fc.constant(true as JsonSchema),
      fc.record(
        { type: fc.constantFrom('string', 'number', 'integer', 'null'), minimum: fc.integer({ min: 0, max: 3 }) },
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
        additionalProperties: fc.boolean(),
      },
      { requiredKeys: ['type'] },
    ) as fc.Arbitrary<JsonSchema>;
    const value = fc.constantFrom(0, 1, 2, 3, 1.5, 'a', null);
    const payload = fc.dictionary(fc.constantFrom('a', 'b', 'c'), value);
    fc.assert(
      fc.property(schema, schema, fc.array(payload, { minLength: 5, maxLength: 5 }), (latest, next, payloads) => {
        if (incompatibility(latest, next, 'BACKWARD') !== undefined) return;
        const [before, after] = [compileSchema(latest), compileSchema(next)];
        for (const one of payloads) if (before(one) === undefined) expect(after(one)).toBeUndefined();
      }),
      { numRuns: 150 },
    );
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
});
