import { errorMonitor } from 'node:events';
import { isFunction, type Shape } from '../guard.ts';
import type { Watch } from './watch.ts';

type Listen = (event: string | symbol, listener: (value: unknown) => void) => unknown;

/** Whether this is a readable stream of Node, whose readers cannot be patched but whose events tell its end. */
export function isNodeStream(value: Shape): boolean {
  return isFunction(value['pipe']) && isFunction(value['on']) && 'readableEnded' in value;
}

/** Follows a readable stream of Node by its events. The listeners neither start it nor hide an unhandled error. */
export function followNodeStream(stream: Shape, watch: Watch): void {
  if (stream['readableEnded'] === true || stream['destroyed'] === true) {
    watch.end({ ending: 'completed' });
    return;
  }
  const listen: Listen = (event, listener) => Reflect.apply(stream['on'] as Listen, stream, [event, listener]);
  listen('end', () => watch.end({ ending: 'completed' }));
  listen(errorMonitor, (error) => watch.end({ ending: 'failed', error }));
  listen('close', () => watch.end({ ending: 'broken' }));
}
