import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Exemplar, Label, MetricFamily, Series, Snapshot } from './model.ts';
import { parseOpenMetrics } from './parse-openmetrics.ts';
import { renderOpenMetrics } from './render.ts';

/** Everything that OpenMetrics can say: odd names, odd strings, all types, timestamps left out as a registry does. */
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const plainName = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}[a-z]$/);
const name = fc.oneof(plainName, fc.string({ unit: 'grapheme-composite', minLength: 1, maxLength: 8 }));
const labelName = name.filter((one) => !one.startsWith('__') && !['le', 'quantile'].includes(one));
const labels: fc.Arbitrary<readonly Label[]> = fc.uniqueArray(
  fc.tuple(
    labelName,
    text.filter((value) => value !== ''),
  ),
  { maxLength: 3, selector: ([label]) => label },
);
/** The text formats do not tell -0 from 0. */
const unsigned = (value: number): number => value + 0;
const number = fc.double().map(unsigned);
const positive = fc.double({ min: 0, noNaN: true });
const seconds = fc.integer({ min: 0, max: 4_000_000_000_000 }).map((milliseconds) => milliseconds / 1000);
const exemplarFor = (max: number): fc.Arbitrary<Exemplar> =>
  fc
    .tuple(labels, fc.double({ max, noNaN: true }).map(unsigned), fc.option(seconds, { nil: undefined }))
    .map(([some, value, timestamp]) => ({ labels: some, value, ...(timestamp === undefined ? {} : { timestamp }) }));
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const defined = <Values extends object>(values: Values): Values =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Values;

const points = {
  counter: () => fc.record({ value: positive, created: optional(seconds), exemplar: optional(exemplarFor(Infinity)) }),
  gauge: () => fc.record({ value: number }),
  unknown: () => fc.record({ value: number }),
  histogram: () => histogramPoint(false),
  gaugehistogram: () => histogramPoint(true),
  summary: () =>
    fc.record({
      quantiles: fc
        .uniqueArray(fc.double({ min: 0, max: 1, noNaN: true }).map(unsigned), { maxLength: 4 })
        .chain((ranks) => fc.tuple(...ranks.map((quantile) => positive.map((value) => ({ quantile, value }))))),
      count: optional(fc.nat()),
      sum: optional(positive),
      created: optional(seconds),
    }),
  stateset: () =>
    fc.record({
      states: fc.uniqueArray(fc.record({ name: text, enabled: fc.boolean() }), {
        minLength: 1,
        maxLength: 3,
        selector: (state) => state.name,
      }),
    }),
} as const;

function histogramPoint(isGauge: boolean) {
  const bound = fc.double({ noNaN: true, noDefaultInfinity: true }).map(unsigned);
  return fc
    .uniqueArray(bound, { maxLength: 4 })
    .map((bounds) => bounds.sort((a, b) => a - b))
    .chain((bounds) => {
      const size = bounds.length + 1;
      const negative = (bounds[0] ?? 0) < 0;
      const sum = negative
        ? isGauge
          ? optional(fc.double({ noNaN: true }).map(unsigned))
          : fc.constant(undefined)
        : optional(positive);
      const exemplar = fc.tuple(...[...bounds, Infinity].map((max) => optional(exemplarFor(max))));
      return fc.record({
        bounds: fc.constant(bounds),
        counts: fc.array(fc.nat(), { minLength: size, maxLength: size }),
        sum,
        created: isGauge ? fc.constant(undefined) : optional(seconds),
        exemplars: optional(exemplar.filter((some) => some.some((one) => one !== undefined))),
      });
    });
}

function familyOf(type: keyof typeof points, familyName: string): fc.Arbitrary<MetricFamily> {
  const point = (points[type] as () => fc.Arbitrary<object>)().map(defined);
  const ownLabels = labels.filter((some) => some.every(([label]) => label !== familyName));
  const series = fc
    .uniqueArray(fc.record({ labels: ownLabels, point }), {
      maxLength: 3,
      selector: (one) => JSON.stringify([...one.labels].sort(([a], [b]) => (a < b ? -1 : 1))),
    })
    .map((all) => all as Series<never>[])
    // A summary without any sample leaves no trace.
    .map((all) =>
      all.filter(
        (one) =>
          type !== 'summary' ||
          Object.values(one.point).some(
            (part) => part !== undefined && (!Array.isArray(part) || (part as unknown[]).length > 0),
          ),
      ),
    );
  const withUnit = type !== 'stateset' && type !== 'unknown';
  return fc
    .record({ help: text, unit: withUnit ? fc.constantFrom('', 'seconds', 'bytes') : fc.constant(''), series })
    .map(({ help, unit, series: all }) => {
      const full = unit === '' ? familyName : `${familyName}_${unit}`;
      return { name: full, type, help, unit, series: all } as MetricFamily;
    });
}

const info = (familyName: string): fc.Arbitrary<MetricFamily> =>
  fc.record({ help: text, info: labels }).map((one) => ({
    name: familyName,
    type: 'info',
    help: one.help,
    unit: '',
    series: [{ labels: [], point: { info: one.info } }],
  }));

const families = fc.uniqueArray(name, { maxLength: 4 }).chain((names) =>
  fc.tuple(
    ...names.map((base, index) => {
      const familyName = `${base}_x${index}`;
      const types = Object.keys(points) as (keyof typeof points)[];
      return fc.oneof(info(familyName), ...types.map((type) => familyOf(type, familyName)));
    }),
  ),
);

test('parsing what was rendered gives the same snapshot', () => {
  fc.assert(
    fc.property(families, (all) => {
      const snapshot: Snapshot = { families: all };
      expect(parseOpenMetrics(renderOpenMetrics(snapshot)).families).toEqual(all);
    }),
    { numRuns: 300 },
  );
});

test('any text either parses or is refused with a place in it', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '# TYPE a counter\n',
      '# TYPE a histogram\n',
      '# EOF',
      '# HELP a ',
      'a_total',
      'a_bucket',
      '{',
      '}',
    ),
    fc.constantFrom(
      'le="',
      '"',
      '=',
      ',',
      ' ',
      '\n',
      '\\',
      '1',
      '+Inf',
      'NaN',
      ' # {} 1',
      '1e',
      '-',
      '\r',
      '_count 1\n',
    ),
    text,
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      const source = pieces.join('');
      try {
        parseOpenMetrics(source);
      } catch (error) {
        const { line, column, name: errorName } = error as { line: number; column: number; name: string };
        expect(errorName).toBe('OpenMetricsSyntaxError');
        const lines = source.split('\n');
        expect(line).toBeLessThanOrEqual(lines.length + 1);
        expect(column).toBeGreaterThan(0);
        expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1);
      }
    }),
    { numRuns: 1000 },
  );
});
