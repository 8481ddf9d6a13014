import { AlecExporter, generateDataset, parseInjection } from '@alex/exporters/alec';
import { serveMetrics } from '@alex/openmetrics/http';

const exporter = new AlecExporter({
  engine: {
    onEvent: ({ timestamp_ms, severity, event_type, message }) =>
      console.log(`${new Date(timestamp_ms).toISOString()} ${severity} ${event_type}: ${message}`),
  },
});
const server = await serveMetrics(exporter.registry, { host: '127.0.0.1', port: Number(process.env['PORT'] ?? 9100) });

// Stands in for your sensors: half an hour of a production line whose vibration sensor sticks after twenty minutes.
const line = generateDataset({ hours: 0.5, inject: [parseInjection('stuck@20m:vibration:300')] });
for (const { timestampMs, values } of line.rows()) {
  const readings = Object.fromEntries(line.channels.map((channel, index) => [channel, values[index] ?? null]));
  exporter.observe({ timestampMs, values: readings });
}

const metrics = await (await fetch(server.url)).text();
console.log(
  metrics
    .match(/^alec_(resilience|total_correlation|channel_criticality|anomaly_events_total).*[1-9].*$/gm)
    ?.join('\n'),
);
await server.close();
