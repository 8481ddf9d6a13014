import { describe, expect, test } from 'vitest';
import { encodingQuality, negotiate } from './negotiate.ts';

const both = ['text-0.0.4', 'openmetrics'] as const;
const format = (accept: string | undefined, allowed: Parameters<typeof negotiate>[1] = both) =>
  negotiate(accept, allowed).format;

describe('negotiate', () => {
  test.each([
    ['no header', undefined, 'text-0.0.4'],
    ['an empty header', '', 'text-0.0.4'],
    ['anything', '*/*', 'text-0.0.4'],
    ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text-0.0.4'],
    ['something else', 'application/json', 'text-0.0.4'],
    ['OpenMetrics', 'application/openmetrics-text', 'openmetrics'],
    ['OpenMetrics in capitals', 'Application/OpenMetrics-Text; Version=1.0.0', 'openmetrics'],
    ['OpenMetrics preferred', 'text/plain;q=0.5, application/openmetrics-text;q=0.6', 'openmetrics'],
    ['text preferred', 'text/plain;q=0.6, application/openmetrics-text;q=0.5', 'text-0.0.4'],
    ['equal ones, the first named', 'application/openmetrics-text, text/plain', 'openmetrics'],
    ['equal ones, the other way', 'text/plain, application/openmetrics-text', 'text-0.0.4'],
    ['a named one before a wildcard', '*/*, application/openmetrics-text', 'openmetrics'],
    ['a type range', 'application/*', 'openmetrics'],
    ['OpenMetrics refused', 'application/openmetrics-text;q=0, */*;q=0.1', 'text-0.0.4'],
    ['text refused', 'text/plain;q=0, */*', 'openmetrics'],
    ['text refused and nothing asked', 'text/plain;q=0', 'openmetrics'],
    [
      'the precise range counts',
      'application/*;q=1, application/openmetrics-text;q=0.1, text/plain;q=0.5',
      'text-0.0.4',
    ],
    ['a version of the future', 'application/openmetrics-text;version=2.0.0, text/plain;q=0.1', 'text-0.0.4'],
    ['an old version', 'application/openmetrics-text;version=0.0.1', 'text-0.0.4'],
    ['quoted parameters', 'application/openmetrics-text;version="1.0.0";x="a,b;q=0"', 'openmetrics'],
    [
      'Prometheus 2.42',
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      'openmetrics',
    ],
    [
      'Prometheus 3',
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
      'openmetrics',
    ],
    [
      'Prometheus 3 with native histograms',
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,application/openmetrics-text;version=1.0.0;q=0.6,*/*;q=0.1',
      'openmetrics',
    ],
  ])('%s', (_, accept, expected) => {
    expect(format(accept)).toBe(expected);
  });

  test.each([
    ...[',,,;;;', ';q=1', '/', 'a/b/c', 'text/', '"', 'text/plain;q="', 'x'.repeat(100_000), ','.repeat(100_000)],
    ...['text/plain;q=abc', 'application/openmetrics-text;q=2', 'application/openmetrics-text;q=-1', '*/plain', '\0'],
  ])('a malformed header gets the default: %s', (accept) => {
    expect(format(accept)).toBe('text-0.0.4');
  });

  test('the first allowed format answers whoever does not ask', () => {
    expect(format(undefined, ['openmetrics', 'text-0.0.4'])).toBe('openmetrics');
    expect(format('*/*', ['openmetrics', 'text-0.0.4'])).toBe('openmetrics');
    expect(format('text/html', ['openmetrics'])).toBe('openmetrics');
  });

  test('a format that is not allowed is never chosen', () => {
    expect(format('application/openmetrics-text', ['text-0.0.4'])).toBe('text-0.0.4');
    expect(format('text/plain;q=0, application/openmetrics-text', ['text-0.0.4'])).toBe('text-0.0.4');
  });

  test('the content type names version and charset, and the escaping that was asked for', () => {
    const contentType = (accept: string) => negotiate(accept, both).contentType;
    expect(contentType('')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(contentType('application/openmetrics-text')).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    );
    expect(contentType('application/openmetrics-text;version=1.0.0;escaping=allow-utf-8')).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8',
    );
    expect(contentType('text/plain;escaping=underscores')).toBe(
      'text/plain; version=0.0.4; charset=utf-8; escaping=underscores',
    );
    expect(contentType('text/plain;escaping=dots\r\nX: y')).toBe('text/plain; version=0.0.4; charset=utf-8');
  });

  test('names in UTF-8 are for those who allow them', () => {
    expect(negotiate('application/openmetrics-text;escaping=allow-utf-8', both).allowUtf8).toBe(true);
    expect(negotiate('application/openmetrics-text', both).allowUtf8).toBe(false);
  });
});

describe('encodingQuality', () => {
  test.each([
    [undefined, 0],
    ['', 0],
    ['gzip', 1],
    ['GZIP', 1],
    ['br, gzip;q=0.5', 0.5],
    ['gzip;q=0', 0],
    ['gzip; q=0.000', 0],
    ['*', 1],
    ['*;q=0', 0],
    ['*;q=0, gzip', 1],
    ['gzip;q=0, *', 0],
    ['deflate', 0],
    ['gzip;q=nonsense', 0],
  ])('%s', (header, expected) => {
    expect(encodingQuality(header, 'gzip')).toBe(expected);
  });
});
