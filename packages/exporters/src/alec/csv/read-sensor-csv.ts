import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { CommandError } from '@alex/service';
import { CsvError, parse } from 'csv-parse';
import { maximumChannels } from '../engine/engine.ts';
import { type RejectReason, SensorDataset } from './sensor-dataset.ts';

/** Why a file of sensor data cannot be used. Its message names the file and, where there is one, the line. */
export class SensorCsvError extends CommandError {
  readonly kind: 'not_found' | 'invalid_format' | 'empty_dataset';
  readonly line: number | undefined;

  constructor(kind: SensorCsvError['kind'], message: string, line?: number) {
    super(message);
    this.name = 'SensorCsvError';
    this.kind = kind;
    this.line = line;
  }
}

export interface ReadOptions {
  readonly signal?: AbortSignal;
  /** Called now and then with the rows so far and the share of the file that was read, 0…1; 0 for a pipe. */
  onProgress?(progress: { readonly rows: number; readonly share: number }): void;
  /** Called once for each column and reason with the first reading that does not count. */
  onWarning?(message: string): void;
}

const progressRows = 50_000;
/** A longer record is no row of at most 1000 readings. */
const maximumRecordCharacters = 256 * 1024;
const maximumNameCharacters = 256;
const shownCharacters = 80;

interface Record {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/**
 * Reads a CSV file (RFC 4180) whose first column is `timestamp_ms` (whole milliseconds that do not go backwards) and whose other
 * columns are sensors; an empty cell is a missing reading. Rejects with SensorCsvError. 8 bytes a cell stay in memory.
 */
export async function readSensorCsv(path: string, options: ReadOptions = {}): Promise<SensorDataset> {
  const { size } = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new SensorCsvError('not_found', `${path} cannot be read: ${reasonOf(error)}`);
  });
  const reader = new RowReader(path, options.onWarning);
  const file = createReadStream(path);
  const parser = parse({
    bom: true,
    info: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: maximumRecordCharacters,
  });
  const consume = async (records: AsyncIterable<Record>): Promise<void> => {
    for await (const { record, info } of records) {
      reader.take(record, info.lines);
      const rows = reader.dataset?.length ?? 0;
      if (rows > 0 && rows % progressRows === 0)
        options.onProgress?.({ rows, share: size > 0 ? file.bytesRead / size : 0 });
    }
  };
  try {
    await pipeline(file, parser, consume, options.signal === undefined ? {} : { signal: options.signal });
  } catch (error) {
    if (error instanceof CsvError) {
      const line = Number(error['lines'] ?? reader.line + 1);
      throw new SensorCsvError('invalid_format', `${path}:${line}: ${error.message}`, line);
    }
    if ((error as NodeJS.ErrnoException).code === 'EISDIR') {
      throw new SensorCsvError('not_found', `${path} cannot be read: ${reasonOf(error as NodeJS.ErrnoException)}`);
    }
    throw error;
  }
  if (reader.dataset === undefined || reader.dataset.length === 0) {
    throw new SensorCsvError('empty_dataset', `${path} has no rows of data`);
  }
  return reader.dataset;
}

/** Turns records into rows, the first one into the columns. */
class RowReader {
  dataset: SensorDataset | undefined;
  line = 0;
  readonly #path: string;
  readonly #warn: ((message: string) => void) | undefined;
  readonly #warned = new Set<string>();
  #values: Float64Array = new Float64Array(0);
  #lastMs = 0;

  constructor(path: string, warn: ((message: string) => void) | undefined) {
    this.#path = path;
    this.#warn = warn;
  }

  take(record: readonly string[], line: number): void {
    this.line = line;
    if (this.dataset === undefined) this.dataset = new SensorDataset(this.#header(record));
    else this.#row(record, this.dataset);
  }

  #header([first, ...channels]: readonly string[]): readonly string[] {
    if (first !== 'timestamp_ms') {
      throw this.#error(`the first column must be timestamp_ms, but is ${shown(first)}`);
    }
    if (channels.length === 0) throw this.#error('there are no sensor columns');
    if (channels.length > maximumChannels) {
      throw this.#error(`there are ${channels.length} sensor columns; at most ${maximumChannels} are read`);
    }
    for (const [index, channel] of channels.entries()) {
      if (channel === '') throw this.#error(`column ${index + 2} has no name`);
      if (channel.length > maximumNameCharacters) {
        throw this.#error(`the name of column ${index + 2} has more than ${maximumNameCharacters} characters`);
      }
      if (channels.indexOf(channel) < index) throw this.#error(`the column ${JSON.stringify(channel)} occurs twice`);
    }
    this.#values = new Float64Array(channels.length);
    return channels;
  }

  #row(record: readonly string[], dataset: SensorDataset): void {
    const { channels } = dataset;
    const time = record[0]!;
    const timestampMs = /^\d+$/.test(time) ? Number(time) : Number.NaN;
    if (!Number.isSafeInteger(timestampMs)) {
      throw this.#error(`timestamp_ms must be a whole number of milliseconds, but is ${shown(time)}`);
    }
    if (timestampMs < this.#lastMs) throw this.#error(`time goes backwards, from ${this.#lastMs} to ${timestampMs}`);
    if (record.length > channels.length + 1) {
      throw this.#error(`there are ${record.length} cells, but ${channels.length + 1} columns`);
    }
    this.#lastMs = timestampMs;
    for (let channel = 0; channel < channels.length; channel++) {
      this.#values[channel] = this.#reading(record[channel + 1] ?? '', channel, dataset);
    }
    dataset.push(timestampMs, this.#values);
  }

  #reading(text: string, channel: number, dataset: SensorDataset): number {
    if (text === '') return Number.NaN;
    // 0x10, 0b1 and 0o7 are numbers to JavaScript only.
    const value = /^0[xbo]/i.test(text) ? Number.NaN : Number(text);
    if (Number.isFinite(value)) return value;
    const reason: RejectReason =
      Number.isNaN(value) && !/^[+-]?(nan|inf(inity)?)$/i.test(text) ? 'unparsable' : 'not_finite';
    dataset.rejected[reason]++;
    const column = `${reason} ${channel}`;
    if (!this.#warned.has(column)) {
      this.#warned.add(column);
      const name = JSON.stringify(dataset.channels[channel]);
      this.#warn?.(`${this.#path}:${this.line}: ${shown(text)} in column ${name} counts as missing`);
    }
    return Number.NaN;
  }

  #error(message: string): SensorCsvError {
    return new SensorCsvError('invalid_format', `${this.#path}:${this.line}: ${message}`, this.line);
  }
}

/** A cell in a message: that of a file that is no CSV can be very long. */
function shown(text: string | undefined): string {
  return JSON.stringify(
    text !== undefined && text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text,
  );
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EACCES') return 'it may not be read by this user';
  return code === 'EISDIR' ? 'it is a folder' : message;
}
