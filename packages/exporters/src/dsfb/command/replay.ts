import { Registry } from '@alex/openmetrics';
import { type Clock, type Command, CommandError, defineCommand, type ServiceLogger, systemClock } from '@alex/service';
import { paced } from '../input/paced.ts';
import { DsfbMonitor } from '../live/monitor.ts';
import { renderOpenMetrics } from '../render.ts';
import type { ResidualSample } from '../sample.ts';
import { engineSettings } from './engine-options.ts';
import { episodeLog } from './episode-log.ts';
import { runExporter } from './exporter.ts';
import { exporterOptions } from './exporter-options.ts';
import { readResiduals } from './read-residuals.ts';

const secondMs = 1000;
/** A longer timer fires at once. */
const longestTimerMs = 2 ** 31 - 1;

/** `dsfb replay FILE`: the exporter over a recording. */
export const replayCommand: Command = defineCommand({
  name: 'replay',
  summary: 'Serves the metrics of a file as if it happened now, or faster.',
  description:
    'The residuals come in the order of the file, at the pace of their times. After the last one the exporter goes on serving; with --once it ends and prints the metrics.',
  examples: ['dsfb-exporter replay residuals.ndjson', 'dsfb-exporter replay spans.json --speed 60 --once'],
  arguments: [{ name: 'file', description: 'The file to replay; - for stdin.' }],
  options: {
    ...exporterOptions,
    speed: {
      type: 'number',
      default: 1,
      minimum: 0,
      aboveMinimum: true,
      short: 's',
      description: 'How many times faster than it happened.',
    },
    once: { type: 'boolean', description: 'End after the last residual and print the metrics.' },
  },
  untilInterrupted: true,
  async run({ arguments: { file }, options, io, note, signal }) {
    const { samples, faults } = await readResiduals(file, note);
    if (samples.length === 0) throw new CommandError(`${file} has no residuals`);
    const logged: { logger?: ServiceLogger } = {};
    const clock = fastClock(options.speed, samples);
    const monitor = new DsfbMonitor({
      ...engineSettings(options),
      silenceSeconds: options.silence / secondMs,
      maxChannels: options.maxChannels,
      now: clock.now,
      ...episodeLog(logged),
    });
    const ending = new AbortController();
    const service = await runExporter(
      {
        options,
        monitor,
        registry: new Registry(),
        ingest: false,
        start({ logger, signal: stopping }) {
          logged.logger = logger;
          void replay(samples, { monitor, clock, signal: stopping }).then(() => {
            if (!stopping.aborted) logger.info({ samples: samples.length }, 'The replay has ended');
            if (options.once) ending.abort();
          });
        },
      },
      { io, signal: AbortSignal.any([signal, ending.signal]) },
    );
    const code = await service.closed;
    if (options.once) io.stdout.write(renderOpenMetrics(monitor.snapshot(), { compat: options.compat }));
    return faults > 0 ? 1 : code;
  },
});

/** A clock of a replay. */
interface ReplayClock extends Clock {
  /** Lets time pass up to this moment, Unix milliseconds: it never overtakes a residual that is still to come. */
  releaseUpTo(milliseconds: number): void;
}

/** A clock that stands at the first residual and runs `speed` times as fast. */
function fastClock(speed: number, samples: readonly ResidualSample[]): ReplayClock {
  const beganAt = Date.now();
  const firstAt = samples.reduce((least, { t }) => Math.min(least, t), Number.POSITIVE_INFINITY) * secondMs;
  let latest = firstAt;
  return {
    now: () => Math.min(firstAt + (Date.now() - beganAt) * speed, latest),
    sleep: (milliseconds, signal) => systemClock.sleep(Math.min(milliseconds / speed, longestTimerMs), signal),
    releaseUpTo(milliseconds) {
      latest = Math.max(latest, milliseconds);
    },
  };
}

async function replay(
  samples: readonly ResidualSample[],
  { monitor, clock, signal }: { monitor: DsfbMonitor; clock: ReplayClock; signal: AbortSignal },
): Promise<void> {
  for await (const sample of paced(samples)) {
    clock.releaseUpTo(sample.t * secondMs);
    for (;;) {
      const ahead = sample.t * secondMs - clock.now();
      if (signal.aborted) return;
      if (!(ahead > 0)) break;
      monitor.tick();
      await clock.sleep(ahead, signal).catch(() => {});
    }
    monitor.push('replay', sample);
  }
  monitor.finish();
}
