import { describe, expect, it } from 'vitest';
import { otlpTracesUrl } from './endpoint.ts';
import { IdGenerator } from './id-generator.ts';
import { createResource, parseResourceAttributes } from './resource.ts';

describe('the OTLP endpoint', () => {
  it.each([
    ['localhost:4318', 'http://localhost:4318/v1/traces'],
    ['collector', 'http://collector/v1/traces'],
    ['[::1]:4318', 'http://[::1]:4318/v1/traces'],
    ['https://otlp.example.test', 'https://otlp.example.test/v1/traces'],
    ['http://host:1/', 'http://host:1/v1/traces'],
    ['https://host/own/path', 'https://host/own/path'],
  ])('%s is %s', (endpoint, url) => {
    expect(otlpTracesUrl(endpoint).href).toBe(url);
  });

  it('that is no address is refused', () => {
    expect(() => otlpTracesUrl('http://')).toThrow(TypeError);
  });
});

describe('ids', () => {
  it('are valid and do not repeat', () => {
    const ids = new IdGenerator();
    const traces = Array.from({ length: 5000 }, () => ids.generateTraceId());
    const spans = Array.from({ length: 5000 }, () => ids.generateSpanId());
    expect(traces.every((id) => /^(?!0+$)[0-9a-f]{32}$/.test(id))).toBe(true);
    expect(spans.every((id) => /^(?!0+$)[0-9a-f]{16}$/.test(id))).toBe(true);
    expect(new Set(traces).size + new Set(spans).size).toBe(10_000);
  });
});

describe('the resource', () => {
  it('takes what OTEL_RESOURCE_ATTRIBUTES adds, but not the name of the service', () => {
    const env = { OTEL_RESOURCE_ATTRIBUTES: 'service.name=other, team = a%2Cb ,=x,broken,bad=%zz,empty=' };
    const { attributes } = createResource({ serviceName: 'alex', serviceVersion: '2', env });
    expect(attributes).toMatchObject({ 'service.name': 'alex', 'service.version': '2', team: 'a,b', empty: '' });
    expect(parseResourceAttributes(undefined)).toEqual({});
  });

  it('says nothing of the command line, the host or the user', () => {
    const { attributes } = createResource({ serviceName: 'alex', serviceVersion: '2' });
    expect(Object.keys(attributes).sort()).toEqual([
      'service.instance.id',
      'service.name',
      'service.version',
      'telemetry.sdk.language',
      'telemetry.sdk.name',
      'telemetry.sdk.version',
    ]);
  });
});
