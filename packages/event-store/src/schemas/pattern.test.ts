import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileSchema } from './json-schema.ts';
import { linearPattern } from './pattern.ts';

describe('a pattern', () => {
  it.each([
    { pattern: '^(a+)+$' },
    { patternProperties: { '^(a|a)*$': false } },
    { propertyNames: { pattern: '^(a|aa)+$' } },
    { properties: { a: { pattern: '(x+x+)+y' } } },
    { format: 'url' },
  ])('of %j takes a time that grows with the text alone', (schema) => {
    const check = compileSchema(schema);
    const long = 'a'.repeat(100_000);
    for (const text of [`${long}!`, 'x'.repeat(100_000), `http://${':'.repeat(100_000)}\n!`]) {
      expect([undefined, expect.any(String)]).toContainEqual(check(text));
      expect([undefined, expect.any(String)]).toContainEqual(check({ [text]: 1, a: text }));
    }
  });

  it.each(['(?=a)b', '(?<!a)b', '(a)\\1', '\\p{Script=Greek}', 'a{1001}'])('like %s is refused', (pattern) => {
    expect(() => compileSchema({ pattern })).toThrow(/the schema is not valid: .*pattern/);
  });

  it.each(['(?i', '\\Aa', '[[:alpha:]]', 'a++', '(?P<n>a)'])('that is none, like %s, is refused', (pattern) => {
    expect(() => compileSchema({ pattern })).toThrow('the schema is not valid');
  });

  it('means what it means in JavaScript', () => {
    const part = fc.constantFrom(
      ...['a', 'b', '\\s', '\\S', '.', '\\d', '\\D', '\\w', '\\W', '\\b', '^', '$', '[^]', '[]', '\\n', '\\.', '-'],
      ...[
        '[\\s-]',
        '[^\\s]',
        '[\\Sa]',
        '[^\\Sa]',
        '[.a]',
        '[\\w.-]',
        '[[:a]',
        '[^[:]',
        '[\\]\\\\]',
        '\\u00e9',
        '\\u{1F600}',
      ],
      ...[
        '\\x41',
        '\\0',
        '\\cJ',
        '\\p{Lu}',
        '[\\p{L}\\d]',
        '\\P{L}',
        '\\/',
        '[a-c]',
        '[\\t-\\r]',
        '\\v',
        '\\f',
        '[\\b]',
        '😀',
        'é',
      ],
    );
    const repeat = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,}', '{0,3}?', '*?');
    const atom = fc.tuple(part, repeat).map(([one, times]) => (/^(\^|\$|\\b|\\B)$/i.test(one) ? one : one + times));
    const pattern = fc.letrec<{ all: string; one: string }>((tie) => ({
      one: fc.oneof(
        { depthSize: 'small' },
        atom,
        fc.tuple(tie('all'), repeat).map(([inner, times]) => `(?:${inner})${times}`),
        tie('all').map((inner) => `(${inner})`),
      ),
      all: fc
        .tuple(fc.array(tie('one'), { maxLength: 3 }), fc.option(tie('one')))
        .map(([first, other]) => first.join('') + (other === null ? '' : `|${other}`)),
    })).all;
    const character = fc.constantFrom(
      ...'abcABé😀.-_:[]/\\0159 \t\n\r\v\f\b\0\u00a0\u2028\u2029\ufeff\u3000\u180e\u0085',
    );
    fc.assert(
      fc.property(
        pattern,
        fc.array(fc.string({ unit: character, maxLength: 6 }), { minLength: 8 }),
        (source, texts) => {
          let native: RegExp;
          try {
            native = new RegExp(source, 'u');
          } catch {
            return;
          }
          const { test } = linearPattern(source);
          for (const text of texts) expect([text, test(text)]).toEqual([text, native.test(text)]);
        },
      ),
      { numRuns: 500 },
    );
  });
});
