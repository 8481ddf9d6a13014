import { Worker } from 'node:worker_threads';
import { StoreError } from '../errors.ts';
import type { BuiltSegment, SegmentJob } from './build-segment.ts';

const isSource: boolean = import.meta.url.endsWith('.ts');

/** Runs `buildSegment` in a thread of its own. Rejects with StoreError `storage`; the inputs are untouched then. */
export function buildSegmentInThread(job: SegmentJob): Promise<BuiltSegment> {
  return new Promise((resolve, reject) => {
    const file = new URL(isSource ? '../segment-worker.ts' : '../segment-worker.js', import.meta.url);
    const worker = new Worker(file, { workerData: job });
    worker.once('message', resolve);
    worker.once('error', (error) => {
      reject(
        new StoreError('storage', `A segment could not be written: ${(error as Error).message}`, { cause: error }),
      );
    });
    worker.once('exit', (code) => reject(new StoreError('storage', `Writing a segment ended with code ${code}`)));
  });
}
