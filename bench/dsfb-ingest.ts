import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type ResidualSample, StreamingIngestor } from '@alex/exporters/dsfb';
import { median, report, round } from './compare.ts';

/**
 * How many residuals that arrive out of order does the streaming ingestor take per second, does a sample cost more the
 * longer the stream runs, and what does a stream of a million samples keep in memory?
 */
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const window = 1;
const perSecond = 1000;

/** Every sample is up to half a window late. */
function samples(count: number): ResidualSample[] {
  let seed = 1;
  return Array.from({ length: count }, (_, index) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    const late = (seed / 2 ** 32) * (window / 2);
    return { t: index / perSecond - late, class: 'contention', value: 1, channel: 'lock' };
  });
}

interface Run {
  readonly nsPerSample: number;
  readonly keptMb: number;
}

function ingest(input: readonly ResidualSample[]): Run {
  let flushed = 0;
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const startedAt = performance.now();
  const ingestor = new StreamingIngestor({ reorderWindow: window, sink: () => flushed++ });
  for (const sample of input) ingestor.push(sample);
  const elapsedMs = performance.now() - startedAt;
  collectGarbage();
  const keptMb = (process.memoryUsage().heapUsed - before) / 2 ** 20;
  if (ingestor.staged + flushed !== input.length) throw new Error('samples are unaccounted for');
  return { nsPerSample: (elapsedMs * 1e6) / input.length, keptMb };
}

const million = samples(1_000_000);
const hundredThousand = million.slice(0, 100_000);
for (let warmUp = 0; warmUp < 3; warmUp++) ingest(hundredThousand);
const long: Run[] = [];
const ratios: number[] = [];
for (let turn = 0; turn < 9; turn++) {
  // As many samples in both, so that a change of the machine's speed meets both alike.
  const short = median(Array.from({ length: 10 }, () => ingest(hundredThousand).nsPerSample));
  const run = ingest(million);
  long.push(run);
  ratios.push(run.nsPerSample / short);
}
report({
  dsfb_ingest: {
    samples_per_second: Math.round(1e9 / median(long.map(({ nsPerSample }) => nsPerSample))),
    ratio_1e6_vs_1e5: round(median(ratios)),
    kept_mb_after_1e6: round(Math.max(0, median(long.map(({ keptMb }) => keptMb)))),
  },
});
