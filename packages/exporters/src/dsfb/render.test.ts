import { readFileSync } from 'node:fs';
import { lint, parseOpenMetrics, parsePrometheusText } from '@alex/openmetrics';
import { describe, expect, it } from 'vitest';
import { StreamingIngestor } from './engine/streaming-ingestor.ts';
import { renderDsfb, renderOpenMetrics } from './render.ts';
import { MetricsSnapshot } from './snapshot.ts';

const golden = (name: string): string => readFileSync(new URL(`golden/${name}.txt`, import.meta.url), 'utf8');

const three = MetricsSnapshot.fromEpisodes([
  { motif: 'plan_regression_onset', peak: 0.5, trustSum: 1 },
  { motif: 'plan_regression_onset', peak: 0.8, trustSum: 1 },
  { motif: 'cache_collapse', peak: 0.3, trustSum: 1 },
]);

function sampleLines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('the text of a snapshot', () => {
  it('before anything happened is all five motifs with 0 and NaN', () => {
    const text = renderOpenMetrics(MetricsSnapshot.fromEpisodes([]));
    expect(text).toBe(golden('empty'));
    expect(text).toBe(renderOpenMetrics(new MetricsSnapshot()));
    expect(text.split('\n')).toHaveLength(32);
  });

  it('shows counts, last peaks and last trust sums per motif', () => {
    expect(renderOpenMetrics(three)).toBe(golden('three-episodes'));
  });

  it('shows what one push into a window of one second leaves', () => {
    const ingestor = new StreamingIngestor({ reorderWindow: 1 });
    ingestor.push({ t: 0, class: 'cardinality', value: 1 });
    const text = renderOpenMetrics(MetricsSnapshot.fromEpisodes([]).withStreaming(ingestor));
    expect(sampleLines(text).slice(-3)).toEqual([
      'dsfb_streaming_residuals_staged 1',
      'dsfb_streaming_residuals_flushed_total 0',
      'dsfb_streaming_residuals_dropped_out_of_window_total 0',
    ]);
  });

  it('with `compat` has the metadata names of the original, and the same samples', () => {
    const text = renderOpenMetrics(three, { compat: true });
    expect(text).toBe(golden('three-episodes-compat'));
    expect(sampleLines(text)).toEqual(sampleLines(renderOpenMetrics(three)));
    expect(() => parseOpenMetrics(text)).toThrow();
  });

  it('as Prometheus text ends without EOF', () => {
    const text = renderDsfb(three, { format: 'text-0.0.4' });
    expect(text).toBe(golden('three-episodes-classic'));
    expect([...parsePrometheusText(text).families]).toHaveLength(6);
  });

  it('is the same bytes every time', () => {
    expect(renderOpenMetrics(three)).toBe(renderOpenMetrics(three));
  });

  it('passes the strict parser and the lint', () => {
    const parsed = parseOpenMetrics(renderOpenMetrics(three));
    expect([...parsed.families].map(({ name, type }) => `${name} ${type}`)).toEqual([
      'dsfb_episodes counter',
      'dsfb_episode_peak_last gauge',
      'dsfb_episode_trust_sum_last gauge',
      'dsfb_streaming_residuals_staged gauge',
      'dsfb_streaming_residuals_flushed counter',
      'dsfb_streaming_residuals_dropped_out_of_window counter',
    ]);
    expect(lint(parsed)).toEqual([]);
  });

  it('has huge counts without an exponent', () => {
    const text = renderOpenMetrics(new MetricsSnapshot({ streamingFlushed: 1e22 }));
    expect(text).toContain('flushed_total 10000000000000000000000\n');
  });
});
