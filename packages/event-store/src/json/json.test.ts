import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bareObject, mergeInto, parseExact } from './exact.ts';
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
