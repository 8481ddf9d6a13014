import { type OptionDeclaration, type ServiceOptionDeclarations, serviceOptions } from '@alex/service';
import { engineOptions } from './engine-options.ts';

type Duration = OptionDeclaration & { readonly type: 'duration'; readonly default: number };

/** The options of every command of DSFB that serves. */
export const exporterOptions: ServiceOptionDeclarations &
  typeof engineOptions & {
    readonly compat: OptionDeclaration & { readonly type: 'boolean' };
    readonly textfile: OptionDeclaration & { readonly type: 'string' };
    readonly textfileInterval: Duration;
    readonly silence: Duration;
    readonly maxChannels: OptionDeclaration & { readonly type: 'integer'; readonly default: number };
  } = {
  ...serviceOptions({
    port: 9184,
    env: {
      host: 'DSFB_HOST',
      port: 'DSFB_PORT',
      token: 'DSFB_TOKEN',
      allowedHost: 'DSFB_ALLOWED_HOST',
      logLevel: 'DSFB_LOG_LEVEL',
      logFormat: 'DSFB_LOG_FORMAT',
    },
  }),
  ...engineOptions,
  silence: {
    type: 'duration',
    default: 30_000,
    env: 'DSFB_SILENCE',
    description: 'A channel that is silent for longer is closed at its last residual.',
  },
  maxChannels: {
    type: 'integer',
    default: 1000,
    minimum: 1,
    maximum: 10_000,
    env: 'DSFB_MAX_CHANNELS',
    description: 'Channels per motif and source; the longest idle ones are forgotten.',
  },
  compat: {
    type: 'boolean',
    env: 'DSFB_COMPAT',
    description: 'OpenMetrics with _total in the metadata, as DSFB-Database has it.',
  },
  textfile: {
    type: 'string',
    valueName: 'file.prom',
    env: 'DSFB_TEXTFILE',
    description: "Also write the metrics to this file, for node_exporter's textfile collector.",
  },
  textfileInterval: {
    type: 'duration',
    default: 15_000,
    minimum: 100,
    env: 'DSFB_TEXTFILE_INTERVAL',
    description: 'How often the file is written.',
  },
};
