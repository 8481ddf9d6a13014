import { createHash } from 'node:crypto';
import { script } from './script.ts';
import { style } from './style.ts';

const card = (title: string, body: string, kind = ''): string => `<section${kind}><h2>${title}</h2>${body}</section>`;
const figure = (title: string, id: string, note: string): string =>
  card(title, `<div class="value" id="${id}">–</div><div class="note">${note}</div>`);

/** What the exporter is doing right now, as one HTML page without anything from elsewhere; it reads `/status`. */
export const landingPage: string = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ALEC Exporter</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body data-zone="unknown">
<main>
<h1>ALEC Exporter</h1>
<p>Entropy, correlation and resilience of sensor streams as Prometheus metrics. <span id="connection" role="status">connecting</span></p>
<nav>
<a href="metrics">/metrics</a><a href="health">/health</a><a href="ready">/ready</a><a href="status">/status</a>
</nav>
<div class="grid">
${card('Zone', '<div class="value"><span class="dot"></span><span id="zone">not known</span></div><div class="note" id="zone-note"></div>')}
${figure('Resilience R', 'r', '0 to 1: how much of the entropy is shared')}
${figure('Total correlation', 'tc', 'bits')}
${figure('Joint entropy', 'joint', 'bits')}
${figure('Sum of entropies', 'sum', 'bits')}
${figure('Payload entropy', 'payload', 'bits per byte')}
${card('Resilience since this page is open', '<svg viewBox="0 0 300 100" preserveAspectRatio="none" role="img" aria-label="Resilience over time"><polyline id="curve"/></svg><div class="note" id="rows"></div>', ' class="wide"')}
${card('Replay', '<div class="value" id="replay">–</div><progress id="replay-progress" max="100" value="0"></progress><div class="note" id="replay-note"></div>', ' id="replay-card" hidden')}
${card('Baseline', '<div class="value" id="baseline">–</div><progress id="baseline-progress" max="1" value="0"></progress>')}
${card('Distance from the baseline', '<table><thead><tr><th>z-score of</th><th></th></tr></thead><tbody id="scores"></tbody></table>')}
${card('Channels', '<table><thead><tr><th>channel</th><th class="number">bits</th><th class="number">criticality</th></tr></thead><tbody id="channels"></tbody></table>', ' class="wide"')}
${card('Last events', '<table><tbody id="events"></tbody></table>', ' class="wide"')}
${card(
  'Metrics',
  `<code>alec_resilience_index</code>, <code>alec_resilience_zone</code>, <code>alec_total_correlation_bits</code>,
<code>alec_joint_entropy_bits</code>, <code>alec_payload_entropy_bits</code>, <code>alec_channel_entropy_bits</code>,
<code>alec_baseline_progress</code>, <code>alec_zscore_*</code>, <code>alec_anomaly_events_total</code>`,
  ' class="wide"',
)}
</div>
</main>
<script>${script}</script>
</body>
</html>
`;

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Lets the page run its own script and nothing else. */
export const contentSecurityPolicy: string = `default-src 'none'; connect-src 'self'; img-src data:; style-src ${hashOf(style)}; script-src ${hashOf(script)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
