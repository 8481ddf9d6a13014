import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { readSensorCsv, SensorCsvError } from './read-sensor-csv.ts';
import type { SensorDataset } from './sensor-dataset.ts';

const folder = mkdtempSync(join(tmpdir(), 'alec-csv-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function file(text: string): string {
  const path = join(folder, `${files++}.csv`);
  writeFileSync(path, text);
  return path;
}

function rowsOf(dataset: SensorDataset): (number | null)[][] {
  const values = new Float64Array(dataset.channels.length);
  return Array.from({ length: dataset.length }, (_, row) => {
    dataset.read(row, values);
    return [dataset.timestampMs(row), ...[...values].map((value) => (Number.isNaN(value) ? null : value))];
  });
}

async function failureOf(path: string): Promise<SensorCsvError> {
  const error: unknown = await readSensorCsv(path).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SensorCsvError);
  return error as SensorCsvError;
}

describe('a file of sensor data', () => {
  it('has timestamps, channels and readings', async () => {
    const path = file('timestamp_ms,sensor1,sensor2,sensor3\n1000,25.0,60.0,1.5\n2000,25.5,61.0,1.4\n3000,26.0,,1.6\n');
    const dataset = await readSensorCsv(path);
    expect(dataset.channels).toEqual(['sensor1', 'sensor2', 'sensor3']);
    expect(rowsOf(dataset)).toEqual([
      [1000, 25, 60, 1.5],
      [2000, 25.5, 61, 1.4],
      [3000, 26, null, 1.6],
    ]);
    expect([dataset.durationMs, dataset.medianIntervalMs()]).toEqual([2000, 1000]);
  });

  it('may have a byte order mark, CRLF, blank lines, spaces, quotes and short rows', async () => {
    const path = file('\uFEFF timestamp_ms , "a ""x"", b" ,c\r\n\r\n 1 , 2 , 3 \r\n2,"4"\r\n\r\n2,5,6');
    const dataset = await readSensorCsv(path);
    expect(dataset.channels).toEqual(['a "x", b', 'c']);
    expect(rowsOf(dataset)).toEqual([
      [1, 2, 3],
      [2, 4, null],
      [2, 5, 6],
    ]);
  });

  it('may write numbers in every usual way, and nothing else', async () => {
    const numbers = ['+4.5', '4.', '.5', '45E-1', '-0', '1e3'];
    const odd = ['n/a', '0x10', '1_000', '0b1', '1,5', '--3'];
    const infinite = ['NaN', 'inf', '-Infinity', '1e400'];
    const warnings: string[] = [];
    const text = [...numbers, ...odd, ...infinite].map((cell, index) => `${index},"${cell}"`).join('\n');
    const dataset = await readSensorCsv(file(`timestamp_ms,a\n${text}`), {
      onWarning: (message) => warnings.push(message),
    });
    expect(rowsOf(dataset).map(([, value]) => value)).toEqual([4.5, 4, 0.5, 4.5, -0, 1000, ...Array(10).fill(null)]);
    expect(dataset.rejected).toEqual({ unparsable: 6, not_finite: 4 });
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toMatch(/\.csv:8: "n\/a" in column "a" counts as missing$/);
  });

  it('may have more than 32 sensors', async () => {
    const ids = Array.from({ length: 40 }, (_, index) => `s${index}`);
    const dataset = await readSensorCsv(file(`timestamp_ms,${ids}\n1,${ids.map((_, index) => index)}`));
    expect(dataset.channels).toHaveLength(40);
  });

  it.each([
    [
      'another first column',
      'time,a\n1,2',
      'invalid_format',
      /:1: the first column must be timestamp_ms, but is "time"/,
    ],
    ['no sensor columns', 'timestamp_ms\n1', 'invalid_format', /:1: there are no sensor columns/],
    ['a column twice', 'timestamp_ms,a, a\n1,2,3', 'invalid_format', /:1: the column "a" occurs twice/],
    ['a column without a name', 'timestamp_ms,a,\n1,2,3', 'invalid_format', /:1: column 3 has no name/],
    ['a bad timestamp', 'timestamp_ms,a\n1,2\n1.5,3', 'invalid_format', /:3: timestamp_ms must be a whole number/],
    ['a negative timestamp', 'timestamp_ms,a\n-1,2', 'invalid_format', /:2: timestamp_ms must be a whole number/],
    ['time that goes backwards', 'timestamp_ms,a\n5,2\n4,3', 'invalid_format', /:3: time goes backwards, from 5 to 4/],
    ['a long row', 'timestamp_ms,a\n1,2\n2,3,4', 'invalid_format', /:3: there are 3 cells, but 2 columns/],
    ['a broken quote', 'timestamp_ms,a\n1,"2\n3,4\n', 'invalid_format', /Quote Not Closed/],
    ['a header only', 'timestamp_ms,a\n', 'empty_dataset', /has no rows of data/],
    ['nothing', '', 'empty_dataset', /has no rows of data/],
  ])('with %s is refused with its line', async (_, text, kind, message) => {
    const path = file(text);
    const error = await failureOf(path);
    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(message);
    expect(error.message.startsWith(path)).toBe(true);
  });

  it('that is not there, or a folder, is refused', async () => {
    const missing = await failureOf(join(folder, 'missing.csv'));
    expect([missing.kind, missing.exitCode]).toEqual(['not_found', 1]);
    expect(missing.message).toMatch(/there is no such file/);
    expect((await failureOf(folder)).message).toMatch(/it is a folder/);
  });

  it('with a million columns, or one endless line, is refused without reading it all', async () => {
    const path = file('');
    const stream = createWriteStream(path);
    stream.write('timestamp_ms');
    for (let index = 0; index < 100; index++)
      stream.write(`,${Array.from({ length: 10_000 }, (_, at) => index * 1e4 + at)}`);
    stream.end();
    await finished(stream);
    const before = process.memoryUsage().rss;
    expect((await failureOf(path)).kind).toBe('invalid_format');
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 2 ** 20);
    const many = Array.from({ length: 1001 }, (_, index) => `s${index}`);
    expect((await failureOf(file(`timestamp_ms,${many}\n`))).message).toMatch(/1001 sensor columns; at most 1000/);
  });

  it('that is something else is shown in part only', async () => {
    const { message } = await failureOf(file(`\u001f\b${'x'.repeat(100_000)}`));
    expect(message).toMatch(/the first column must be timestamp_ms, but is "\\u001f\\bx{78}…"$/);
  });

  it('stops being read when the signal aborts', async () => {
    const path = file(`timestamp_ms,a\n${Array.from({ length: 10_000 }, (_, index) => `${index},1`).join('\n')}`);
    await expect(readSensorCsv(path, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  });
});
