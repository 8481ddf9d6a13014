import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { type Command, CommandError, defineCommand, defineOptions, type OutputStream, UsageError } from '@alex/service';
import { csvLines, type GeneratedDataset, generateDataset } from './dataset/generate.ts';
import { type Injection, parseInjection } from './dataset/injection.ts';
import { version } from './version.ts';

const linesPerPiece = 1000;

/** `alec-exporter generate`: writes a dataset whose anomalies are known. */
export const command: Command = defineCommand({
  name: 'generate',
  summary: 'Writes sensor data with known anomalies as CSV.',
  description:
    'Presets: line (a production line, one row a second, stationary) and farm (a field, one row a minute, with the cycle of the day). Kinds of anomalies: stuck, spike, noise, drift, bias, oscillation, decorrelate, clipping, dropout, intermittent.',
  version,
  examples: [
    'alec-exporter generate --hours 1 > line.csv',
    'alec-exporter generate --hours 2 --seed 7 --inject stuck@30m:vibration:300 --output stuck.csv',
  ],
  options: defineOptions({
    preset: { type: 'choice', values: ['line', 'farm'], default: 'line', description: 'What is measured.' },
    hours: {
      type: 'number',
      default: 24,
      minimum: 0,
      aboveMinimum: true,
      maximum: 8784,
      description: 'Length of the data.',
    },
    seed: {
      type: 'integer',
      default: 1,
      minimum: 0,
      maximum: 4_294_967_295,
      description: 'The same seed gives the same data.',
    },
    inject: {
      type: 'list',
      valueName: 'kind@time:channel:seconds:size',
      description: 'An anomaly, for instance noise@30m:vibration:300:5. Repeat it for more.',
    },
    output: { type: 'string', short: 'o', valueName: 'file', description: 'Where to write it; stdout without it.' },
  }),
  async run({ options, io, note, signal }) {
    const { preset, hours, seed } = options;
    const dataset = datasetOf(() => generateDataset({ preset, hours, seed, inject: options.inject.map(injectionOf) }));
    if (options.output === undefined) await print(dataset, io.stdout, signal);
    else {
      await write(dataset, options.output, signal);
      note(`${options.output}: ${dataset.count} rows of ${dataset.channels.length} sensors`);
    }
  },
});

function injectionOf(text: string): Injection {
  return datasetOf(() => parseInjection(text));
}

function datasetOf<Result>(make: () => Result): Result {
  try {
    return make();
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function* pieces(dataset: GeneratedDataset): Generator<string> {
  let piece: string[] = [];
  for (const line of csvLines(dataset)) {
    piece.push(line);
    if (piece.length < linesPerPiece) continue;
    yield `${piece.join('\n')}\n`;
    piece = [];
  }
  if (piece.length > 0) yield `${piece.join('\n')}\n`;
}

/** A reader that is slower than the generator is waited for. */
async function print(dataset: GeneratedDataset, stdout: OutputStream, signal: AbortSignal): Promise<void> {
  for (const piece of pieces(dataset)) {
    if (signal.aborted) return;
    if (stdout.write(piece) === false) await new Promise((resolve) => setImmediate(resolve));
  }
}

async function write(dataset: GeneratedDataset, path: string, signal: AbortSignal): Promise<void> {
  const file = createWriteStream(path);
  try {
    await pipeline(Readable.from(pieces(dataset)), file, { signal });
    await finished(file);
  } catch (error) {
    throw new CommandError(`${path} cannot be written: ${(error as Error).message}`, { cause: error });
  }
}
