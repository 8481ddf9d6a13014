import type { Command } from '@alex/service';
import { version } from '../version.ts';

/** `dsfb-exporter`, which is also `alex-obs dsfb`: its subcommands are loaded when they are called. */
export const command: Command = {
  name: 'dsfb-exporter',
  summary: 'Finds structural episodes in database telemetry and serves them as metrics.',
  version,
  examples: [
    'dsfb-exporter serve --postgres postgres://dsfb@127.0.0.1/shop',
    'dsfb-exporter render residuals.ndjson',
    'dsfb-exporter replay residuals.ndjson --speed 60',
  ],
  subcommands: [
    {
      name: 'serve',
      summary: 'Serves the metrics of live sources: PostgreSQL, POST /ingest, a file or stdin.',
      load: async () => (await import('./serve.ts')).serveCommand,
    },
    {
      name: 'render',
      summary: 'Finds the episodes in a file of residuals or database spans and prints the metrics.',
      load: async () => (await import('./render.ts')).renderCommand,
    },
    {
      name: 'replay',
      summary: 'Serves the metrics of a file as if it happened now, or faster.',
      load: async () => (await import('./replay.ts')).replayCommand,
    },
  ],
};
