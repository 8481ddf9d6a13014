import type { OptionDeclaration } from './options/declaration.ts';
import { longestTimerMs } from './options/duration.ts';

/** The values of the options that every service has. */
export interface ServiceOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Bearer token for routes that write. */
  readonly token?: string | undefined;
  /** Origins whose pages may call the service; empty: none. `*` is every origin. */
  readonly corsOrigin?: readonly string[];
  /** Host names, beside those of loopback, that a request may name while the service is bound to loopback. */
  readonly allowedHost?: readonly string[];
  readonly logLevel?: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  readonly logFormat?: 'json' | 'text';
  /** Milliseconds for running requests and `stop` at shutdown. Default 10 000. */
  readonly shutdownTimeout?: number;
}

type Text<Default extends string> = { readonly type: 'string'; readonly default: Default } & Common;
type Common = { readonly description: string; readonly env?: string };

/** The declarations of `ServiceOptions`, to be spread into those of a command. */
export interface ServiceOptionDeclarations {
  readonly host: Text<string>;
  readonly port: OptionDeclaration & { readonly type: 'integer'; readonly default: number };
  readonly token: OptionDeclaration & { readonly type: 'string' };
  readonly corsOrigin: OptionDeclaration & { readonly type: 'list' };
  readonly allowedHost: OptionDeclaration & { readonly type: 'list' };
  readonly logLevel: OptionDeclaration & {
    readonly type: 'choice';
    readonly values: readonly ['trace', 'debug', 'info', 'warn', 'error'];
    readonly default: 'info';
  };
  readonly logFormat: OptionDeclaration & {
    readonly type: 'choice';
    readonly values: readonly ['json', 'text'];
    readonly default: 'json' | 'text';
  };
  readonly shutdownTimeout: OptionDeclaration & { readonly type: 'duration'; readonly default: number };
}

/** What differs between services: defaults, and the environment variables that each option reads. */
export interface ServiceDefaults {
  readonly port: number;
  readonly host?: string;
  readonly logFormat?: 'json' | 'text';
  readonly env?: Partial<Record<keyof ServiceOptionDeclarations, string>>;
}

/** The options of a service, with its own port and variables: `defineOptions({ ...serviceOptions({ port: 9100 }), ... })`. */
export function serviceOptions(defaults: ServiceDefaults): ServiceOptionDeclarations {
  const env = (key: keyof ServiceOptionDeclarations): { readonly env?: string } => {
    const name = defaults.env?.[key];
    return name === undefined ? {} : { env: name };
  };
  return {
    host: {
      type: 'string',
      default: defaults.host ?? '127.0.0.1',
      description: 'Address to listen on; 0.0.0.0 is all of the machine.',
      ...env('host'),
    },
    port: {
      type: 'integer',
      minimum: 0,
      maximum: 65_535,
      default: defaults.port,
      short: 'p',
      description: 'Port to listen on; 0 takes any free one.',
      ...env('port'),
    },
    token: {
      type: 'string',
      secret: true,
      description: 'Bearer token that requests which change something must send.',
      ...env('token'),
    },
    corsOrigin: {
      type: 'list',
      valueName: 'origin',
      description: 'Origin whose web pages may call the service.',
      ...env('corsOrigin'),
    },
    allowedHost: {
      type: 'list',
      valueName: 'name',
      description: 'Host name that requests may use beside those of loopback.',
      ...env('allowedHost'),
    },
    logLevel: {
      type: 'choice',
      values: ['trace', 'debug', 'info', 'warn', 'error'],
      ignoreCase: true,
      default: 'info',
      description: 'Log lines below this level are not written.',
      ...env('logLevel'),
    },
    logFormat: {
      type: 'choice',
      values: ['json', 'text'],
      ignoreCase: true,
      default: defaults.logFormat ?? 'json',
      description: 'Format of the log on stderr.',
      ...env('logFormat'),
    },
    shutdownTimeout: {
      type: 'duration',
      default: 10_000,
      maximum: longestTimerMs,
      description: 'Time that running requests get at shutdown.',
      ...env('shutdownTimeout'),
    },
  };
}
