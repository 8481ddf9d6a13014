import { type Logger, pino } from 'pino';
import type { OutputStream } from './command/io.ts';
import { printable } from './text.ts';

export type ServiceLogger = Logger;

export interface LoggingOptions {
  readonly name: string;
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error';
  readonly format: 'json' | 'text';
  readonly stream: OutputStream;
}

/** A pino logger for a service: one line per record, `time` in ISO 8601, `level` in capitals, errors under `error`. */
export function createLogger({ name, level, format, stream }: LoggingOptions): ServiceLogger {
  const destination = {
    write: (line: string) => void stream.write(format === 'json' ? line : formatLine(line)),
  };
  return pino(
    {
      level,
      base: { service: name },
      messageKey: 'msg',
      errorKey: 'error',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label.toUpperCase() }) },
      serializers: { error: pino.stdSerializers.err },
    },
    destination,
  );
}

/** `time LEVEL message key=value ...` of a JSON line. */
function formatLine(line: string): string {
  const { time, level, msg, service: _service, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const pairs = Object.entries(fields).map(([key, value]) => `${key}=${formatField(value)}`);
  return `${[time, String(level).padEnd(5), printable(String(msg ?? '')), ...pairs].join(' ')}\n`;
}

function formatField(value: unknown): string {
  const text =
    typeof value === 'object' && value !== null ? (errorMessage(value) ?? JSON.stringify(value)) : String(value);
  return /[\s"=\p{Cc}]/u.test(text) || text === '' ? printable(JSON.stringify(text)) : text;
}

function errorMessage(value: object): string | undefined {
  return 'stack' in value && 'message' in value ? String(value.message) : undefined;
}
