import { spawnSync } from 'node:child_process';
import { INVALID_SPAN_CONTEXT, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { errorStatusCode, invalidSpanContext, sampledFlag, spanKinds } from './api-values.ts';

test('the values are those of the API', () => {
  expect(spanKinds).toEqual({ internal: SpanKind.INTERNAL, client: SpanKind.CLIENT });
  expect([errorStatusCode, sampledFlag]).toEqual([SpanStatusCode.ERROR, TraceFlags.SAMPLED]);
  expect(invalidSpanContext).toEqual(INVALID_SPAN_CONTEXT);
});

test('importing the package loads neither the API nor an SDK, a server, a logger or a parser', () => {
  const program = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ resolve(specifier, context, next) { loaded.push(specifier); return next(specifier, context); } });
    await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
    console.log(JSON.stringify(loaded.filter((name) => !/^(\\.|node:|file:|@alex)/.test(name) || name === 'node:http')));`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=@alex/source', '--input-type=module', '--eval', program],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual([]);
});
