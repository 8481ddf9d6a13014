import type { RenderFormat } from '@alex/openmetrics';
import { catalog } from './catalog.ts';
import { plainInteger, sixDecimals } from './fixed-decimals.ts';
import { motifs } from './motif.ts';
import type { MetricsSnapshot } from './snapshot.ts';

/** How a snapshot becomes text. */
export interface DsfbRenderOptions {
  /** Default `openmetrics`; `text-0.0.4` is what node_exporter's textfile collector reads. */
  readonly format?: RenderFormat;
  /** OpenMetrics with `_total` in the metadata of counters, as DSFB-Database writes it: lenient parsers only. */
  readonly compat?: boolean;
}

/** Renders a snapshot as OpenMetrics 1.0 text that ends in `# EOF`: equal snapshots give equal bytes. */
export function renderOpenMetrics(snapshot: MetricsSnapshot, options: Pick<DsfbRenderOptions, 'compat'> = {}): string {
  return renderDsfb(snapshot, { ...options, format: 'openmetrics' });
}

/** Renders a snapshot in either format. Pure: no clock, no input but the snapshot. */
export function renderDsfb(snapshot: MetricsSnapshot, options: DsfbRenderOptions = {}): string {
  const text = renderFamilies(snapshot, options);
  return options.format === 'text-0.0.4' ? text : `${text}# EOF\n`;
}

/** The six families without `# EOF`, for a document that goes on. */
export function renderFamilies(snapshot: MetricsSnapshot, options: DsfbRenderOptions = {}): string {
  const { format = 'openmetrics', compat = false } = options;
  const totalInMetadata = compat || format === 'text-0.0.4';
  const samplesOf: readonly [Declaration, readonly string[]][] = [
    [catalog.episodes, snapshot.perMotifCount.map(plainInteger)],
    [catalog.episodePeakLast, snapshot.perMotifLastPeak.map(sixDecimals)],
    [catalog.episodeTrustSumLast, snapshot.perMotifLastTrustSum.map(sixDecimals)],
    [catalog.residualsStaged, [plainInteger(snapshot.streamingStaged)]],
    [catalog.residualsFlushed, [plainInteger(snapshot.streamingFlushed)]],
    [catalog.residualsDropped, [plainInteger(snapshot.streamingDroppedOutOfWindow)]],
  ];
  let text = '';
  for (const [{ name, type, help }, values] of samplesOf) {
    const sample = type === 'counter' ? `${name}_total` : name;
    const family = totalInMetadata ? sample : name;
    text += `# HELP ${family} ${help}\n# TYPE ${family} ${type}\n`;
    values.forEach((value, index) => {
      text += values.length === 1 ? `${sample} ${value}\n` : `${sample}{motif="${motifs[index]}"} ${value}\n`;
    });
  }
  return text;
}

interface Declaration {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
}
