import { MetricsSnapshot, renderOpenMetrics } from '@alex/exporters/dsfb';
import { compare, report, round } from './compare.ts';

/** What does the text of a DSFB snapshot cost? */
const snapshot = new MetricsSnapshot({
  perMotifCount: [12, 3, 4096, 7, 0],
  perMotifLastPeak: [2.5, 1.4771212547, 31.25, 0.0078125, Number.NaN],
  perMotifLastTrustSum: [1, 0.9999999999999999, 1, 1, Number.NaN],
  streamingStaged: 17,
  streamingFlushed: 1_234_567,
  streamingDroppedOutOfWindow: 3,
});
const calls = 100;

function render(): () => void {
  const rendered = snapshot;
  return () => {
    for (let call = 0; call < calls; call++) renderOpenMetrics(rendered);
  };
}

const found = await compare({ dsfb: render() }, calls);
report({ dsfb_render: { us: round(found.ns('dsfb') / 1000) } });
