import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bareObject, mergeInto, needsExact, parseExact } from './exact.ts';
import { batchSpans, type EventSpans, eventSpans, levelsOf } from './spans.ts';

const textsOf = (text: string, { payloadStart, payloadEnd, metadataStart, metadataEnd }: EventSpans) => ({
  payload: payloadStart === -1 ? undefined : text.slice(payloadStart, payloadEnd),
  metadata: metadataStart === -1 ? undefined : text.slice(metadataStart, metadataEnd),
});
const parsed = (text: string | undefined) => (text === undefined ? undefined : JSON.parse(text));
const anyEvent = fc.oneof(
  fc.jsonValue(),
  fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('payload', 'metadata', 'events')), fc.jsonValue()),
);
const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

describe('the spans of events', () => {
  it('are those of payload and metadata in any batch', () => {
    const batch = fc.record({ before: fc.jsonValue(), events: fc.array(anyEvent), after: fc.jsonValue() });
    fc.assert(
      fc.property(batch, fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        const { events } = JSON.parse(text);
        const found = batchSpans(text).map((spans) => textsOf(text, spans));
        expect(found.map(({ payload, metadata }) => [parsed(payload), parsed(metadata)])).toEqual(
          events.map((event: Record<string, unknown>) =>
            isObject(event) ? [event['payload'], event['metadata']] : [undefined, undefined],
          ),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('give the text as it came, of two the last one, and read escaped keys', () => {
    const event =
      ' { "payload" : 9007199254740993 , "p\\u0061yload":1e400, "xmetadata":1, "\\u006detadata": "x\\\\\\"}" }';
    const wanted = { payload: '1e400', metadata: '"x\\\\\\"}"' };
    expect(textsOf(event, eventSpans(event))).toEqual(wanted);
    const batch = `{"events":[{"payload":1}],"\\u0065vents":[ 1,${event},{}],"eventx":[]}`;
    expect(batchSpans(batch).map((spans) => textsOf(batch, spans))).toEqual([{}, wanted, {}]);
  });

  it('tell how deep payload and metadata are nested', () => {
    const event = '{"payload":[{"a":[]},"[[[["],"other":[[[[[]]]]],"metadata":{}}';
    expect(eventSpans(event).levels).toBe(3);
    expect(batchSpans(`{"events":[{"metadata":[[]]},${event},1]}`).map(({ levels }) => levels)).toEqual([2, 3, 0]);
    expect([levelsOf(' 5'), levelsOf('"["'), levelsOf(event)]).toEqual([0, 0, 6]);
  });

  it('end with the last of two lists of events, whatever it is', () => {
    expect(batchSpans('{"events":[{"payload":1}],"events":null}')).toEqual([]);
  });
});

/** The last number of each key in a flat object, as sign, digits and power of ten. */
function decimalsOf(json: string): Readonly<Record<string, string>> {
  const members = json.matchAll(/"(\w+)":\s*(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?/g);
  return Object.fromEntries(
    [...members].map(([, name, sign, whole = '', part = '', exponent = '0']) => {
      const digits = (whole + part).replace(/^0+/, '');
      const short = digits.replace(/0+$/, '');
      const power = Number(exponent) - part.length + digits.length - short.length;
      return [name, short === '' ? `${sign}0` : `${sign}${short}e${power}`];
    }),
  );
}

describe('exact JSON', () => {
  it.each(['{"n":9007199254740993}', '[123456789012345678901234567890.5,1E3,0.1]', '{"a":"12345678901234567890"}'])(
    'gives %s back as it came',
    (text) => expect(JSON.stringify(parseExact(text))).toBe(text),
  );

  it.each([
    '{"n":123456789012.12345678}',
    '{"n":-0}',
    '{"n":-0.0,"m":"-0"}',
    '{"n":1.0000000000000001}',
    '{"a":"text","n":12.340000000000000001}',
    '{"n":123.450000000000001}',
    '{"n":1e-400}',
    '{"n":1e400}',
    '{"n":9007199254740993}',
    '[{"n":[0.30000000000000000001]}]',
    '{"n":1000000000000000.25e-3}',
  ])('sees that %s needs it', (text) => {
    expect(needsExact(JSON.parse(text), text)).toBe(true);
    expect(JSON.stringify(parseExact(text))).toBe(text);
  });

  it.each([
    '{"a":1,"b":-2.5,"c":123.456,"d":true,"e":null,"f":"4e0b5e1f-1234","g":"12345678901234567890"}',
    '{ "at": "2026-01-05T00:00:00Z", "n": -0.5, "many": [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0] }',
    '{"amount":123456789.125,"items":[{"id":1234567890,"price":0.001},{"id":99,"price":10.5}]}',
  ])('sees that %s does not need it', (text) => expect(needsExact(JSON.parse(text), text)).toBe(false));

  it('loses no digit of any number', () => {
    const digits = fc.stringMatching(/^[0-9]{1,20}$/);
    const number = fc
      .tuple(fc.constantFrom('', '-'), digits, fc.option(digits), fc.option(fc.integer({ min: -400, max: 400 })))
      .map(([sign, whole, part, exponent]) => {
        const fraction = part === null ? '' : `.${part}`;
        return `${sign}${whole.replace(/^0+(?=.)/, '')}${fraction}${exponent === null ? '' : `e${exponent}`}`;
      });
    const nearly = fc
      .tuple(fc.integer({ min: -2000, max: 2000 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 18 }))
      .map(([whole, part, zeros]) => `${whole}.${part}${'0'.repeat(zeros)}1`);
    const easy = fc.oneof(
      fc.integer().map(String),
      fc.integer().map((n) => String(n / 1000)),
      fc.constant('0'),
    );
    const key = fc.stringMatching(/^[a-c]{1,3}$/);
    const space = fc.constantFrom('', ' ', '\n  ');
    const text = fc
      .tuple(fc.array(fc.tuple(key, fc.oneof(number, nearly, easy, easy)), { minLength: 1, maxLength: 6 }), space)
      .map(([members, gap]) => `{${members.map(([name, value]) => `"${name}":${gap}${value}`).join(`,${gap}`)}}`);
    fc.assert(
      fc.property(text, (json) => {
        const kept = needsExact(JSON.parse(json), json) ? parseExact(json) : JSON.parse(json);
        expect(decimalsOf(JSON.stringify(kept))).toEqual(decimalsOf(json));
      }),
      { numRuns: 2000 },
    );
  });

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
