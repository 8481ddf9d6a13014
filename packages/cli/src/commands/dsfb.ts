import { command as exporter } from '@alex/exporters/dsfb';
import type { Command } from '@alex/service';

/** `alex-obs dsfb` is `dsfb-exporter` under another name. */
export const command: Command = { ...exporter, name: 'dsfb' };
