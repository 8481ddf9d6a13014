import { command as exporter } from '@alex/exporters/alec';
import type { Command } from '@alex/service';

export const command: Command = {
  ...exporter,
  name: 'alec',
  examples: exporter.examples.map((example) => example.replace(/^alec-exporter/, 'alex-obs alec')),
};
