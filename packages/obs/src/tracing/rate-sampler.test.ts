import type { SpanContext } from '@opentelemetry/api';
import { TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { activeContext } from '../context/active-context.ts';
import { RateSampler } from './rate-sampler.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const { rootContext } = activeContext;

function decide(rate: number, id: string = traceId, parent?: Partial<SpanContext>): boolean {
  const span =
    parent && activeContext.nonRecordingSpan({ traceId: id, spanId: '1'.repeat(16), traceFlags: 0, ...parent });
  const context = activeContext.withSpan(rootContext, span);
  return new RateSampler(rate, activeContext.spanOf).shouldSample(context, id).decision === 2;
}

describe('the sampler', () => {
  it('decides roots by the folded trace id', () => {
    expect(decide(0.5, '00000000000000000000000000000001')).toBe(true);
    expect(decide(0.5, 'ffffffff000000000000000000000000')).toBe(false);
  });

  it('agrees with the ratio sampler of OpenTelemetry on any trace id', () => {
    const hex = fc.array(fc.constantFrom(...'0123456789abcdef'), { minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(hex, fc.double({ min: 0.001, max: 0.999, noNaN: true }), (digits, rate) => {
        const id = digits.join('');
        fc.pre(!/^0+$/.test(id));
        expect(decide(rate, id)).toBe(new TraceIdRatioBasedSampler(rate).shouldSample(rootContext, id).decision === 2);
      }),
      { numRuns: 300 },
    );
  });

  it('follows a local parent at every rate', () => {
    for (const rate of [0, 0.5, 1]) {
      expect([decide(rate, traceId, { traceFlags: 1 }), decide(rate, traceId, { traceFlags: 0 })]).toEqual([
        true,
        false,
      ]);
    }
  });

  it('follows a remote parent except at never and always', () => {
    const byRemote = (rate: number) =>
      [0, 1].map((traceFlags) => decide(rate, traceId, { traceFlags, isRemote: true }));
    expect(byRemote(0.5)).toEqual([false, true]);
    expect(byRemote(0)).toEqual([false, false]);
    expect(byRemote(1)).toEqual([true, true]);
  });

  it('can be changed while running, and ignores what is no rate', () => {
    const sampler = new RateSampler(0, activeContext.spanOf);
    const decision = () => sampler.shouldSample(rootContext, traceId).decision;
    expect(decision()).toBe(0);
    sampler.setRate(1);
    expect(decision()).toBe(2);
    for (const nonsense of [Number.NaN, -1, 2, '0.5', undefined]) sampler.setRate(nonsense as number);
    expect(`${sampler}`).toBe('RateSampler{1}');
  });

  it('never throws', () => {
    const broken = new RateSampler(0.5, () => {
      throw new Error('context');
    });
    expect(broken.shouldSample(rootContext, traceId).decision).toBe(0);
    expect(decide(0.5, 'not a trace id')).toBe(false);
  });
});
