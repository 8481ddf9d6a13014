import { describe, expect, it } from 'vitest';
import { AlecEngine } from '../engine/engine.ts';
import { ingest, ingestInTurn } from './parse-ingest.ts';

const sample = (time: number, values: unknown = { temp: 25, humid: null }) =>
  JSON.stringify({ timestamp_ms: time, values });

describe('ingesting', () => {
  it('takes one object, also over several lines, or one on each line', async () => {
    const engine = new AlecEngine();
    expect(await ingest(sample(1000), engine)).toEqual({ status: 202, accepted: 1 });
    expect(await ingest(`\n{\n "timestamp_ms": 2000,\n "values": {"temp": 26}\n}\n`, engine)).toEqual({
      status: 202,
      accepted: 1,
    });
    expect(await ingest(`${sample(3000)}\r\n\n${sample(3000)}\n`, engine)).toEqual({ status: 202, accepted: 2 });
    expect([engine.samples, engine.channels]).toEqual([4, ['temp', 'humid']]);
  });

  it('takes what another engine has computed', async () => {
    const engine = new AlecEngine({ baseline: { buildMs: 0, minSnapshots: 1, windows: 0 } });
    const line = `{"timestamp_ms":1706000000000,"h_bytes":6.5,"tc":2.3,"h_joint":8.1,"r":0.45,"channels":[{"id":"temp","h":3.2}]}`;
    expect(await ingest(line, engine)).toEqual({ status: 202, accepted: 1 });
    expect(engine.payloadEntropy).toBe(6.5);
    expect(engine.signal).toMatchObject({
      totalCorrelation: 2.3,
      jointEntropy: 8.1,
      resilience: 0.45,
      zone: 1,
      entropies: [3.2],
    });
    expect(engine.baseline.locked).toBe(true);
    expect((await ingest('{"timestamp_ms":1706000000001,"h_bytes":7}', engine)).status).toBe(202);
    expect(engine.signal).toMatchObject({ valid: false, resilience: 0.45 });
  });

  it('takes the bytes that were really sent', async () => {
    const engine = new AlecEngine();
    await ingest(
      JSON.stringify({
        timestamp_ms: 1,
        values: { a: 1 },
        payload_base64: Buffer.from([1, 2, 3, 4]).toString('base64'),
      }),
      engine,
    );
    expect(engine.payloadEntropy).toBe(2);
  });

  it.each([
    ['no JSON', 'temp=3', /line 1: .*JSON/],
    ['nothing', '  \n', /nothing/],
    ['a list', '[1]', /no JSON object/],
    ['no time', '{"values":{"a":1}}', /timestamp_ms must be a number/],
    ['negative time', '{"timestamp_ms":-1,"values":{"a":1}}', /0 or more/],
    ['time in nanoseconds', sample(1.706e18), /must be milliseconds, but 1706000000000000000 is beyond/],
    ['text as a reading', sample(1, { a: '5' }), /"a" must be a number or null/],
    ['a list of readings', sample(1, [5]), /values must be an object/],
    ['an empty name', sample(1, { '': 5 }), /1 to 256 characters/],
    ['a long name', sample(1, { ['x'.repeat(257)]: 5 }), /1 to 256 characters/],
    ['neither shape', '{"timestamp_ms":1}', /neither values nor h_bytes/],
    ['a bad entropy', '{"timestamp_ms":1,"h_bytes":"6"}', /h_bytes must be a number/],
    ['bad channels', '{"timestamp_ms":1,"h_bytes":6,"channels":[{"id":1}]}', /list of/],
  ])('refuses %s', async (_, body, message) => {
    const result = await ingest(body, new AlecEngine());
    expect([result.status, result.accepted]).toEqual([400, 0]);
    expect(result.error).toMatch(message);
  });

  it('keeps the lines before a bad one and says which it is', async () => {
    const engine = new AlecEngine();
    const result = await ingest(`${sample(1)}\n${sample(2)}\n\n{"timestamp_ms":}\n${sample(3)}`, engine);
    expect(result).toMatchObject({ status: 400, accepted: 2, line: 4 });
    expect(engine.samples).toBe(2);
  });

  it('refuses time that goes backwards', async () => {
    const result = await ingest(`${sample(5)}\n${sample(4)}`, new AlecEngine());
    expect(result).toMatchObject({
      status: 400,
      accepted: 1,
      line: 2,
      error: 'line 2: time goes backwards, from 5 to 4',
    });
  });

  it('refuses more than 1000 channels, at once or one after another', async () => {
    const wide = (count: number, prefix = 'c') =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, index]));
    expect((await ingest(sample(1, wide(1001)), new AlecEngine())).status).toBe(413);
    const engine = new AlecEngine();
    expect((await ingest(sample(1, wide(1000)), engine)).status).toBe(202);
    expect((await ingest(sample(2, wide(1, 'more')), engine)).status).toBe(413);
    expect((await ingest(sample(2, wide(1000)), engine)).status).toBe(202);
  });

  it('is not misled by names that objects have of their own', async () => {
    const engine = new AlecEngine();
    const line = '{"timestamp_ms":1,"values":{"__proto__":1,"constructor":2,"toString":3}}';
    expect((await ingest(line, engine)).status).toBe(202);
    expect(engine.channels).toEqual(['__proto__', 'constructor', 'toString']);
  });

  it('lets the event loop turn while rows take their time, and keeps bodies apart meanwhile', async () => {
    const engine = new AlecEngine();
    const slow = {
      observe: (row: Parameters<AlecEngine['observe']>[0]) => {
        const endMs = performance.now() + 10;
        while (performance.now() < endMs);
        return engine.observe(row);
      },
      observeSnapshot: () => false,
      get lastTimestampMs() {
        return engine.lastTimestampMs;
      },
    };
    const bodyFrom = (first: number) => Array.from({ length: 20 }, (_, index) => sample(first + index)).join('\n');
    let turns = 0;
    const timer = setInterval(() => turns++, 5);
    const take = ingestInTurn(slow);
    const results = await Promise.all([take(bodyFrom(1)), take(bodyFrom(21))]);
    clearInterval(timer);
    expect(results).toEqual([
      { status: 202, accepted: 20 },
      { status: 202, accepted: 20 },
    ]);
    expect(turns).toBeGreaterThan(5);
  });

  it('that has no time left says how many rows were taken', async () => {
    const engine = new AlecEngine();
    const take = ingestInTurn(engine, { timeoutMs: -1 });
    expect(await take(`${sample(1)}\n${sample(2)}`)).toEqual({
      status: 503,
      accepted: 0,
      line: 1,
      error: 'line 1: the time was up; send it and what follows again',
    });
    expect(engine.samples).toBe(0);
  });
});
