import { parentPort, workerData } from 'node:worker_threads';
import { buildSegment, type SegmentJob } from './segments/build-segment.ts';

/** The thread that writes one segment and ends, so that its memory is given back. */
parentPort?.postMessage(await buildSegment(workerData as SegmentJob));
