import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { StoreError } from '../errors.ts';
import type { BuiltSegment, SegmentJob } from './build-segment.ts';

/** Builds segments, one at a time. */
export interface SegmentBuilder {
  /** Rejects when it fails; the inputs are untouched then. */
  build(job: SegmentJob): Promise<BuiltSegment>;
  /** Gives back what it holds. No job may be running. */
  close(): Promise<void>;
}

/** What the thread answers to a job. */
export type SegmentAnswer = { readonly built: BuiltSegment } | { readonly error: unknown };

const idleMs = 10_000;

/** The module of the thread: near this one in the sources, and where the package exports it once it is bundled. */
function segmentWorker(): URL {
  if (import.meta.url.endsWith('.ts')) return new URL('../segment-worker.ts', import.meta.url);
  return new URL(import.meta.resolve('@alex/event-store/segment-worker'));
}

/**
 * Builds segments in a thread. It starts with the first job and stays for the next one, for which its code is compiled
 * then; when none comes for ten seconds it ends, and its memory is given back. Rejects with StoreError `storage`.
 */
export class SegmentThread implements SegmentBuilder {
  #worker: Worker | undefined;
  #timer: NodeJS.Timeout | undefined;

  async build(job: SegmentJob): Promise<BuiltSegment> {
    clearTimeout(this.#timer);
    const worker = (this.#worker ??= this.#start());
    worker.ref();
    try {
      const answer = await answerOf(worker, job);
      if ('built' in answer) return answer.built;
      throw answer.error;
    } catch (error) {
      const message = `A segment could not be written: ${(error as Error).message}`;
      throw new StoreError('storage', message, { cause: error });
    } finally {
      worker.unref();
      this.#timer = setTimeout(() => void this.close(), idleMs).unref();
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #start(): Worker {
    // As quick as without a limit, in 100 MB less.
    const worker = new Worker(segmentWorker(), { resourceLimits: { maxYoungGenerationSizeMb: 48 } });
    // Whoever waits for an answer hears of it too.
    worker.on('error', () => {});
    worker.once('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
    });
    return worker;
  }
}

/** Rejects when the thread ends before it has answered. */
async function answerOf(worker: Worker, job: SegmentJob): Promise<SegmentAnswer> {
  const done = new AbortController();
  const { signal } = done;
  const ended = async (): Promise<never> => {
    const [code] = (await once(worker, 'exit', { signal })) as [number];
    throw new Error(`the thread ended with code ${code}`);
  };
  const answered = async (): Promise<SegmentAnswer> => {
    const [answer] = (await once(worker, 'message', { signal })) as [SegmentAnswer];
    return answer;
  };
  try {
    worker.postMessage(job);
    return await Promise.race([answered(), ended()]);
  } finally {
    done.abort();
  }
}
