import { createTraceState } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { rootContext, spanOf, withSpan } from './active.ts';
import { nonRecordingSpan } from './non-recording-span.ts';
import { extractHeaders, injectHeaders, parseTraceparent } from './propagation.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const remote = (headers: Parameters<typeof extractHeaders>[1]) =>
  spanOf(extractHeaders(rootContext, headers))?.spanContext();

describe('W3C trace context', () => {
  it('goes out as traceparent and tracestate', () => {
    const span = nonRecordingSpan({ traceId, spanId, traceFlags: 1, traceState: createTraceState('a=1,b=2') });
    expect(injectHeaders(withSpan(rootContext, span), { accept: '*/*' })).toEqual({
      accept: '*/*',
      traceparent: `00-${traceId}-${spanId}-01`,
      tracestate: 'a=1,b=2',
    });
  });

  it('does not go out without a span', () => {
    expect(injectHeaders(rootContext, {})).toEqual({});
  });

  it('comes in whatever the case of the header, and is remote', () => {
    expect(remote({ TraceParent: `00-${traceId}-${spanId}-01` })).toEqual({
      traceId,
      spanId,
      traceFlags: 1,
      isRemote: true,
    });
    const state = remote({ traceparent: `00-${traceId}-${spanId}-00`, tracestate: ['a=1', 'b=2'] })?.traceState;
    expect(state?.serialize()).toBe('a=1,b=2');
  });

  it('of a later version is read as far as it is known', () => {
    expect(parseTraceparent(`cc-${traceId}-${spanId}-03-more`)?.traceFlags).toBe(1);
  });

  it.each([
    '',
    'garbage',
    `00-${traceId}-${spanId}`,
    `00-${traceId}-${spanId}-01-more`,
    `ff-${traceId}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
  ])('ignores the malformed %j', (traceparent) => {
    expect(extractHeaders(rootContext, { traceparent })).toBe(rootContext);
  });

  it('ignores headers that contradict one another', () => {
    expect(remote({ traceparent: [`00-${traceId}-${spanId}-01`, `00-${traceId}-${spanId}-00`] })).toBeUndefined();
  });
});
