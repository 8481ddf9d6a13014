import {
  DsfbMetrics,
  MotifEngine,
  planRegressionResidual,
  type ResidualSample,
  renderOpenMetrics,
  StreamingIngestor,
  serveDsfb,
} from '@alex/exporters/dsfb';

const seconds = 120;
const usualLatencyMs = 12;

/** What the shop measured: the checkout statement is slow from second 40 to 69, and a lock is waited for from 45 to 59. */
function residuals(): ResidualSample[] {
  return Array.from({ length: seconds }, (_, t): ResidualSample[] => {
    const latencyMs = t >= 40 && t < 70 ? 48 : usualLatencyMs;
    const waitSeconds = t >= 45 && t < 60 ? (t - 44) / 5 : 0;
    return [
      { t, class: 'plan_regression', value: planRegressionResidual(latencyMs, usualLatencyMs), channel: 'checkout' },
      { t, class: 'contention', value: waitSeconds, channel: 'lock:orders' },
    ];
  }).flat();
}

/** Telemetry arrives late now and then: every fifth residual comes three places later. */
function delayed(samples: readonly ResidualSample[]): ResidualSample[] {
  return samples
    .map((sample, index) => ({ sample, place: index % 5 === 0 ? index + 3.5 : index }))
    .sort((a, b) => a.place - b.place)
    .map(({ sample }) => sample);
}

const metrics = new DsfbMetrics();
const ingestor = new StreamingIngestor({ reorderWindow: 5 });
metrics.attachIngestor(ingestor);
for (const sample of delayed(residuals())) ingestor.push(sample);

for (const episode of new MotifEngine().run(ingestor.finish().samples)) {
  metrics.observeEpisode(episode);
  const { motif, channel, tStart, tEnd, peak } = episode;
  process.stderr.write(`${motif} on ${channel}: second ${tStart} to ${tEnd}, peak ${peak}\n`);
}

const [flag, port] = process.argv.slice(2);
if (flag === '--serve') {
  const server = await serveDsfb(() => metrics.snapshot(), { port: Number(port ?? 9184) });
  process.stderr.write(`${server.url}\n`);
  // The server alone does not keep the process alive.
  setInterval(() => {}, 60_000);
} else {
  process.stdout.write(renderOpenMetrics(metrics.snapshot()));
}
