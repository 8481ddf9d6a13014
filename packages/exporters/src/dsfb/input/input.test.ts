import { describe, expect, it } from 'vitest';
import { parseExactJson } from './exact-json.ts';
import { readLines } from './lines.ts';
import { type PlacedRecord, readInput } from './read-input.ts';
import { type DatabaseSpan, readSpan } from './span.ts';
import { LiveSpanResiduals, spansToResiduals } from './span-residuals.ts';

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

async function read(...chunks: (string | Uint8Array)[]): Promise<PlacedRecord[]> {
  return await collect(readInput(chunks));
}

const residual = '{"t":1,"class":"contention","value":2,"channel":"lock"}';
const span = '{"t_start_ns":1700000000000000001,"t_end_ns":1700000000000000258,"statement_hash":"q"}';
const kinds = (records: readonly PlacedRecord[]): string[] =>
  records.map(({ line, record }) => `${line} ${record.kind === 'fault' ? record.reason : record.kind}`);

describe('input', () => {
  it('is NDJSON of residuals and spans', async () => {
    expect(kinds(await read(`${residual}\n\n${span}\r\n${residual}`))).toEqual(['1 residual', '3 span', '4 residual']);
  });

  it('is a JSON array, on one line or on many', async () => {
    expect(kinds(await read(`[${residual},${span}]`))).toEqual(['1 residual', '1 span']);
    expect(kinds(await read(`[\n  ${residual},\n  ${span}\n]\n`))).toEqual(['1 residual', '1 span']);
  });

  it('is a residual stream with its source', async () => {
    expect(kinds(await read(`{"source": "x", "samples": [${residual}]}`))).toEqual(['1 residual']);
    expect(kinds(await read(`{\n"source": "x",\n "samples": [\n${residual}\n]\n}`))).toEqual(['1 residual']);
    expect(kinds(await read(`{"source": "x", "samples": [\n${residual}]}`))).toEqual(['1 residual']);
  });

  it('may be cut anywhere into chunks, within a character too', async () => {
    const bytes = new TextEncoder().encode(`${residual.replace('lock', 'schlüssel')}\n${residual}\n`);
    const records = await read(...Array.from(bytes, (byte) => Uint8Array.of(byte)));
    expect(kinds(records)).toEqual(['1 residual', '2 residual']);
    expect(records[0]!.record).toMatchObject({ sample: { channel: 'schlüssel' } });
  });

  it('that is truncated is a fault of that line, and the others count', async () => {
    expect(kinds(await read(`{"t":1,"class":"cont\n${residual}\n`))).toEqual(['1 syntax', '2 residual']);
    expect(kinds(await read(`[${residual},\n{"t":`))).toEqual(['1 syntax']);
    expect(kinds(await read(`${residual}\n[1,`))).toEqual(['1 residual', '2 syntax']);
  });

  it('with a line of 10 MB skips it and goes on', async () => {
    const huge = `{"t":1,"class":"contention","value":2,"channel":"${'x'.repeat(10_000_000)}"}`;
    const chunks = [...(huge.match(/.{1,65536}/g) ?? []), '\n', residual, '\n'];
    expect(kinds(await read(...chunks))).toEqual(['1 too_long', '2 residual']);
    expect(kinds(await read(`${residual}\n`, ...chunks))).toEqual(['1 residual', '2 too_long', '3 residual']);
  });

  it('may have a long array of many records on its one line', async () => {
    const many = `[${Array.from({ length: 30_000 }, () => residual).join(',')}]`;
    expect(many.length).toBeGreaterThan(1_500_000);
    expect(await read(many)).toHaveLength(30_000);
  });

  it.each([
    ['{"t":null,"class":"contention","value":1}', 't is null'],
    ['{"t":1,"class":"contention","value":"NaN"}', 'value is "NaN"'],
    ['{"t":1e999,"class":"contention","value":1}', 't is Infinity'],
    ['{"t":1,"class":"weather","value":1}', 'class "weather" is unknown'],
    ['{"t":1,"class":"contention","value":1,"channel":{}}', 'channel is not a text'],
    ['{"t":{"toString":1},"class":"contention","value":1}', 't is an object'],
    ['{"t":1,"class":{"toString":1,"valueOf":2},"value":1}', 'class an object is unknown'],
    ['{"t":1,"class":"contention","value":[[1]]}', 'value is a list'],
    ['7', 'it is not an object'],
    ['null', 'it is not an object'],
    ['{"t_start_ns":1.5,"t_end_ns":2,"statement_hash":"q"}', 't_start_ns is not a whole number'],
    ['{"t_start_ns":1,"t_end_ns":-2,"statement_hash":7}', 'statement_hash is not a text'],
    ['{"t_start_ns":1,"t_end_ns":null,"statement_hash":"q"}', 't_end_ns is not a whole number'],
  ])('%s is refused with a reason', async (line, message) => {
    expect((await read(`${residual}\n${line}`))[1]!.record).toMatchObject({
      kind: 'fault',
      reason: 'invalid',
      message: expect.stringContaining(message),
    });
  });

  it('that is nested beyond the stack is refused, and the others count', async () => {
    const deep = `{"t":1,"class":"contention","value":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(kinds(await read(`${deep}\n${residual}`))).toEqual(['1 invalid', '2 residual']);
  });

  it('ends its last line without a newline', async () => {
    expect(await collect(readLines(['a\nb']))).toEqual([
      { number: 1, text: 'a' },
      { number: 2, text: 'b' },
    ]);
  });
});

describe('stamps', () => {
  it('beyond 2^53 are read exactly, as numbers and as texts', () => {
    expect(readSpan(parseExactJson(span))).toEqual({
      startNs: 1_700_000_000_000_000_001n,
      endNs: 1_700_000_000_000_000_258n,
      statementHash: 'q',
    });
    expect(
      readSpan({ t_start_ns: '1700000000000000001', t_end_ns: '1700000000000000002', statement_hash: 'q' }),
    ).toEqual({
      startNs: 1_700_000_000_000_000_001n,
      endNs: 1_700_000_000_000_000_002n,
      statementHash: 'q',
    });
  });

  it('leave other numbers as they are', () => {
    expect(parseExactJson('{"a":0.1234567890123456,"b":1e20,"c":12,"d":-9223372036854775808}')).toEqual({
      a: 0.1234567890123456,
      b: 1e20,
      c: 12,
      d: -9_223_372_036_854_775_808n,
    });
  });
});

describe('residuals of spans', () => {
  const spanAt = (second: number, durationMs: number, statementHash = 'q'): DatabaseSpan => {
    const startNs = 1_700_000_000_000_000_000n + BigInt(Math.round(second * 1e9));
    return { startNs, endNs: startNs + BigInt(Math.round(durationMs * 1e6)), statementHash };
  };
  const ten = Array.from({ length: 10 }, (_, index) => spanAt(index, index < 3 ? 10 : 30));

  it('three of 10 ms and seven of 30 ms are seven residuals of 2', () => {
    const samples = spansToResiduals(ten);
    expect(samples.map(({ value }) => value)).toEqual([2, 2, 2, 2, 2, 2, 2]);
    expect(samples.map(({ t }) => t)).toEqual([3, 4, 5, 6, 7, 8, 9]);
  });

  it('count from the first kept span of the file, and can be before it', () => {
    const samples = spansToResiduals([spanAt(50, 0), spanAt(20, 5, 'other'), ...ten]);
    expect(samples[0]).toMatchObject({ t: -17, channel: 'q' });
  });

  it('are sorted by time, then by statement, whatever the order of the file', () => {
    const both = [...ten.map((one) => ({ ...one, statementHash: 'z' })), ...ten].reverse();
    const samples = spansToResiduals(both);
    expect(samples.slice(0, 4).map(({ t, channel }) => `${t} ${channel}`)).toEqual(['-6 q', '-6 z', '-5 q', '-5 z']);
  });

  it('need spans with a duration', () => {
    expect(spansToResiduals([])).toEqual([]);
    expect(spansToResiduals(ten.map((one) => ({ ...one, endNs: one.startNs })))).toEqual([]);
  });

  it('come one by one from a live stream, in Unix seconds', () => {
    const live = new LiveSpanResiduals();
    const samples = ten.flatMap((one) => live.push(one) ?? []);
    expect(samples).toHaveLength(7);
    expect(samples[0]).toEqual({ t: 1_700_000_003, class: 'plan_regression', value: 2, channel: 'q' });
    expect(live.push({ ...ten[0]!, endNs: 0n })).toBeUndefined();
  });

  it('forget the statement that was idle longest when there are too many', () => {
    const live = new LiveSpanResiduals(2);
    for (const statement of ['a', 'b', 'a', 'c', 'a']) live.push(spanAt(0, 10, statement));
    expect(live.push(spanAt(1, 20, 'a'))?.value).toBe(1);
    for (const _ of [1, 2]) expect(live.push(spanAt(1, 20, 'b'))).toBeUndefined();
  });
});
