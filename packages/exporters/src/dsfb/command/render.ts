import { type Command, defineCommand } from '@alex/service';
import { MotifEngine } from '../engine/motif-engine.ts';
import { StreamingIngestor } from '../engine/streaming-ingestor.ts';
import { renderDsfb } from '../render.ts';
import { MetricsSnapshot } from '../snapshot.ts';
import { engineOptions, engineSettings } from './engine-options.ts';
import { readResiduals } from './read-residuals.ts';

/** `dsfb render FILE`: finds the episodes of a file and prints the metrics. */
export const renderCommand: Command = defineCommand({
  name: 'render',
  summary: 'Finds the episodes in a file of residuals or database spans and prints the metrics.',
  description:
    'FILE is JSON or NDJSON of residuals {t, class, value, channel} or of spans {t_start_ns, t_end_ns, statement_hash}; - is stdin. Records that cannot be used are named on stderr, and the exit code is 1.',
  examples: ['dsfb-exporter render residuals.ndjson', 'dsfb-exporter render spans.json --json'],
  arguments: [{ name: 'file', description: 'The file to read; - for stdin.' }],
  options: {
    ...engineOptions,
    format: {
      type: 'choice',
      values: ['openmetrics', 'text'],
      default: 'openmetrics',
      description: 'Text of the metrics; text is Prometheus 0.0.4, for a textfile collector.',
    },
    compat: { type: 'boolean', description: 'OpenMetrics with _total in the metadata, as DSFB-Database has it.' },
  },
  json: true,
  async run({ arguments: { file }, options, json, io, note, print }) {
    const { reorderWindow, ...settings } = engineSettings(options);
    const engine = new MotifEngine(settings);
    const { samples, faults } = await readResiduals(file, note);
    const ingestor = new StreamingIngestor({ reorderWindow });
    for (const sample of samples) ingestor.push(sample);
    const episodes = engine.run(ingestor.finish().samples);
    const snapshot = MetricsSnapshot.fromEpisodes(episodes).withStreaming(ingestor);
    if (json) {
      print(JSON.stringify({ episodes, metrics: snapshot, rejected: faults }));
    } else {
      const format = options.format === 'text' ? 'text-0.0.4' : 'openmetrics';
      io.stdout.write(renderDsfb(snapshot, { format, compat: options.compat }));
    }
    return faults > 0 ? 1 : 0;
  },
});
