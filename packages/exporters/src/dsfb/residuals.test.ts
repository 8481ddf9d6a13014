import { describe, expect, it } from 'vitest';
import {
  cacheHitResidual,
  cardinalityResidual,
  chainChannel,
  ioChannel,
  ioTimeResidual,
  planChangeChannel,
  planRegressionResidual,
  workloadPhaseResidual,
} from './residuals.ts';

const histogram = (counts: Record<string, number>): Map<string, number> => new Map(Object.entries(counts));

describe('residuals', () => {
  it('of a latency are relative to the baseline', () => {
    expect(planRegressionResidual(30, 10)).toBe(2);
    expect(planRegressionResidual(5, 10)).toBe(-0.5);
    expect(planRegressionResidual(1, 0)).toBeCloseTo(1e9, 3);
  });

  it('of a cardinality are orders of magnitude', () => {
    expect(cardinalityResidual(100, 10)).toBeCloseTo(1, 15);
    expect(cardinalityResidual(0, 1000)).toBeCloseTo(-3, 15);
    expect(cardinalityResidual(0, 0)).toBe(0);
  });

  it('of a cache are what is missing from the expected ratio', () => {
    expect(cacheHitResidual(0.99, 0.5)).toBeCloseTo(0.49, 15);
  });

  it('of I/O times are relative, and 0 without a baseline', () => {
    expect(ioTimeResidual(30, 10)).toBe(2);
    expect(ioTimeResidual(30, 0)).toBe(0);
    expect(ioTimeResidual(30, -1)).toBe(0);
  });

  it('of a workload are 0 for the same mix, 1 for another one, 0 for none', () => {
    expect(workloadPhaseResidual(histogram({ a: 1, b: 3 }), histogram({ a: 10, b: 30 }))).toBe(0);
    expect(workloadPhaseResidual(histogram({ a: 5 }), histogram({ b: 7 }))).toBe(1);
    expect(workloadPhaseResidual(histogram({}), histogram({ b: 7 }))).toBe(0);
    expect(workloadPhaseResidual(histogram({ a: 0 }), histogram({ b: 7 }))).toBe(0);
    const half = workloadPhaseResidual(histogram({ a: 1, b: 1 }), histogram({ a: 1 }));
    expect(half).toBeCloseTo(0.311278, 6);
  });

  it('have channels of their own for what is measured beside', () => {
    expect([planChangeChannel('q'), chainChannel('lock'), ioChannel('t')]).toEqual([
      'q#plan_change',
      'lock#chain',
      't#io',
    ]);
  });
});
