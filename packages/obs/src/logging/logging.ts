import { writeSync } from 'node:fs';
import type { Logger, LoggerOptions } from 'pino';
import type { DropReason } from '../catalog.ts';
import { isError, messageOf } from '../errors.ts';
import { load } from '../load.ts';
import { Destination } from './destination.ts';
import { type LogIds, line, maximumFields, safeFields } from './line.ts';

/** What hides secrets: `createRedactor` makes one. */
export interface TextRedactor {
  redact(value: unknown, key?: string): unknown;
  redactText(text: string, key?: string): string;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFormat = 'json' | 'text';

export interface LoggingOptions {
  /** The section `logging` of the configuration. */
  readonly config: { readonly level: LogLevel; readonly format: LogFormat; readonly output: string };
  /** The ids of the active context, asked for on each line. */
  readonly ids: () => LogIds | undefined;
  readonly redact: TextRedactor;
  /** Called for each loss. */
  readonly dropped: (reason: DropReason, lines: number) => void;
  /** Takes sentences for the user; default: a line on stderr. */
  readonly report?: (problem: string) => void;
  /** Characters that may wait to be written. Default 8 Mi. */
  readonly maximumWaiting?: number;
}

export interface Logging {
  /** A pino logger; pino is loaded and the output opened when this is read first. */
  readonly logger: Logger;
  /** An info line of the SDK itself. Does not load pino, which would take longer than opening the metrics endpoint. */
  announce(fields: Readonly<Record<string, unknown>>, message: string): void;
  /** For the logger and all its children that have no level of their own. */
  setLevel(level: LogLevel): void;
  /** For all loggers at once. */
  setFormat(format: LogFormat): void;
  /** Resolves to false when lines still wait after the time. */
  flush(timeoutMs: number): Promise<boolean>;
  /** Flushes and closes; later lines are dropped and counted. */
  shutdown(timeoutMs: number): Promise<boolean>;
}

/** Structured logs with pino's call shape. Logging is total: no argument can make a call throw. */
export function createLogging(options: LoggingOptions): Logging {
  let { level, format } = options.config;
  let destination: Destination | undefined;
  let logger: Logger | undefined;
  return {
    get logger() {
      return (logger ??= createLogger({ ...options, level, format: () => format }, open()));
    },
    announce(fields, message) {
      if (level !== 'debug' && level !== 'info') return;
      const { redact } = options;
      const parts = { time: isoTime()(), level: 'INFO', message, fields: safeFields(fields, redact) };
      open().write(line({ ...parts, bound: undefined, ids: undefined }, format, redact));
    },
    setLevel(next) {
      level = next;
      if (logger !== undefined) logger.level = next;
    },
    setFormat(next) {
      format = next;
    },
    flush: async (timeoutMs) => destination?.flush(timeoutMs) ?? true,
    async shutdown(timeoutMs) {
      const done = (await destination?.flush(timeoutMs)) ?? true;
      destination?.close();
      return done;
    },
  };

  function open(): Destination {
    const { config, dropped, report = reportOnStderr, maximumWaiting } = options;
    destination ??= new Destination({
      output: config.output,
      dropped,
      report,
      ...(maximumWaiting !== undefined && { maximumWaiting }),
    });
    return destination;
  }
}

function reportOnStderr(problem: string): void {
  try {
    writeSync(2, `alex-obs: ${problem}\n`);
  } catch {
    // There is no other place to say it.
  }
}

interface LoggerParts extends Pick<LoggingOptions, 'ids' | 'redact' | 'dropped'> {
  readonly level: LogLevel;
  readonly format: () => LogFormat;
}

const boundFields: unique symbol = Symbol('boundFields');
/** On child loggers with serializers or paths to redact of their own. */
const special: unique symbol = Symbol('special');
type Bound = Logger & { [boundFields]?: Readonly<Record<string, unknown>>; [special]?: boolean };
type Converters = Readonly<Record<PropertyKey, ((value: unknown) => unknown) | undefined>>;

function createLogger(parts: LoggerParts, destination: Destination): Logger {
  const pino = load<typeof import('pino').pino>('pino');
  const { ids, redact, dropped } = parts;
  const settings: LoggerOptions = {
    level: parts.level,
    base: null,
    errorKey: 'error',
    timestamp: isoTime(),
    hooks: { logMethod },
  };
  const logger: Bound = pino(settings, destination);
  // pino gathers arguments, levels and children; how a line is made of them is ours. Children inherit both.
  Object.defineProperty(logger, pino.symbols.asJsonSym, { value: compose });
  const { child, setBindings } = logger;
  const bindChild = function (this: Bound, given: object, childOptions?: object) {
    const bindings = fieldsOf(given);
    const safe = safeFields(bindings, redact);
    const hasOptions = typeof childOptions === 'object' && childOptions !== null;
    const make = (options: object | undefined): Bound => {
      const made = Reflect.apply(child, this, options === undefined ? [safe] : [safe, options]) as Bound;
      if (options !== undefined && ('serializers' in options || 'redact' in options)) made[special] = true;
      return made;
    };
    let instance: Bound;
    let bound: Readonly<Record<string, unknown>> = safe;
    try {
      instance = make(hasOptions ? childOptions : undefined);
      if (instance[special] === true) bound = safeFields(converted(instance, bindings), redact);
    } catch {
      // A level that is none, or a serializer that throws: the lines matter more than how they are made.
      dropped('invalid_value', 1);
      instance = make(undefined);
    }
    instance[boundFields] = { ...this[boundFields], ...bound };
    return instance;
  };
  Object.assign(logger, { child: bindChild });
  logger.setBindings = function bind(this: Bound, bindings: object) {
    const safe = safeFields(fieldsOf(bindings), redact);
    setBindings.call(this, safe);
    this[boundFields] = { ...this[boundFields], ...safe };
  };
  return logger;

  /** The fields as the serializers and redacted paths of a child logger make them. */
  function converted(from: Bound, fields: object): object {
    const serializers = Reflect.get(from, pino.symbols.serializersSym) as Converters;
    const stringifiers = Reflect.get(from, pino.symbols.stringifiersSym) as Converters;
    const result: Record<string, unknown> = {};
    for (const [key, given] of Object.entries(fields)) {
      const serialize = key === 'err' ? undefined : serializers[key];
      const value = serialize === undefined ? given : serialize(given);
      const text = stringifiers[key]?.(value);
      if (stringifiers[key] === undefined) result[key] = value;
      else if (typeof text === 'string') result[key] = JSON.parse(text);
    }
    return result;
  }

  function logMethod(this: Logger, args: unknown[], method: (...args: never[]) => void): void {
    try {
      Reflect.apply(method, this, withError(args));
    } catch {
      retry(this, args, method);
    }
  }

  /** Something in the arguments throws when it is looked at: a safe copy of them does not. */
  function retry(target: Logger, args: unknown[], method: (...args: never[]) => void): void {
    try {
      Reflect.apply(
        method,
        target,
        args.map((argument) => redact.redact(argument)),
      );
    } catch {
      dropped('invalid_value', 1);
    }
  }

  function compose(this: Bound, ...[fields, message, level, time]: [object, unknown, number, string]): string {
    if (message === undefined && 'msg' in fields) {
      const { msg, ...rest } = fields as { msg: unknown };
      message = msg;
      fields = rest;
    }
    const name = this.levels.labels[level]?.toUpperCase() ?? `${level}`;
    const bound = this[boundFields];
    const safe = safeFields(this[special] === true ? converted(this, fields) : fields, redact);
    return line({ time, level: name, message, bound, fields: safe, ids: ids() }, parts.format(), redact);
  }
}

/** A copy of the fields; none where they cannot be read. Of a text or an array every element would become a field. */
function fieldsOf(given: unknown): object {
  if (typeof given !== 'object' || given === null) return {};
  try {
    if (Array.isArray(given) || ArrayBuffer.isView(given)) return {};
    const keys = Object.keys(given);
    if (keys.length <= maximumFields) return { ...given };
    // One more than is shown, so that the line says that there were more.
    return Object.fromEntries(keys.slice(0, maximumFields + 1).map((key) => [key, Reflect.get(given, key)]));
  } catch {
    return {};
  }
}

/** ISO 8601 with milliseconds; the text of a second is made once. */
function isoTime(): () => string {
  let second = 0;
  let prefix = '';
  return () => {
    const now = Date.now();
    const present = Math.floor(now / 1000);
    if (present !== second) {
      second = present;
      prefix = new Date(present * 1000).toISOString().slice(0, 20);
    }
    return `${prefix}${String(now % 1000).padStart(3, '0')}Z`;
  };
}

/** The arguments as pino takes an error: it knows those of this realm only. */
function withError(args: unknown[]): unknown[] {
  const [error, ...rest] = args;
  if (error instanceof Error || !isError(error)) return args;
  return [{ err: error }, ...(rest.length > 0 ? rest : [messageOf(error)])];
}
