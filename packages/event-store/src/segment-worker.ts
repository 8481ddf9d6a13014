import { parentPort } from 'node:worker_threads';
import { buildSegment, type SegmentJob } from './segments/build-segment.ts';
import type { SegmentAnswer } from './segments/segment-thread.ts';

/** The thread that builds segments: one answer for each job. */
parentPort?.on('message', async (job: SegmentJob) => {
  let answer: SegmentAnswer;
  try {
    answer = { built: await buildSegment(job) };
  } catch (error) {
    answer = { error };
  }
  parentPort?.postMessage(answer);
});
