import { isFunction, isObject, type Shape } from '../guard.ts';
import { forgetAbandonment, watchForAbandonment } from './abandoned.ts';
import { followEmitter, isStreamEmitter } from './emitter.ts';
import { followIterable, isAsyncIterable } from './iterable.ts';
import { followNodeStream, isNodeStream } from './node-stream.ts';
import { followStreamResult, isStreamResult } from './stream-result.ts';
import { followThenable } from './thenable.ts';
import type { Watch } from './watch.ts';
import { followWebStream } from './web-stream.ts';

/** Streams that were followed to their end: returning one once more starts nothing new. */
const finished = new WeakSet<object>();

/**
 * Follows a result to its end without changing it: promises, lazy thenables, async iterables, web streams, stream
 * emitters and results of the AI SDK, patched in place; anything else is over at once. Never throws.
 */
export function follow(result: unknown, watch: Watch): void {
  if (watch.ended) return;
  try {
    followAny(result, watch);
  } catch {
    watch.end({ ending: 'completed' });
  }
}

function followAny(result: unknown, watch: Watch): void {
  if (!isObject(result)) over(result, watch);
  else if (isFunction(result['then'])) followThenable(result, watch, follow);
  else if (finished.has(result)) watch.end({ ending: 'completed' });
  else followStream(result, watch);
}

function followStream(result: Shape, watch: Watch): void {
  const stream = streamWatch(result, watch);
  if (isStreamEmitter(result)) abandonable(result, watch, () => followEmitter(result, stream));
  else if (isStreamResult(result)) abandonable(result, watch, () => followStreamResult(result, stream, follow));
  else if (isNodeStream(result)) abandonable(result, watch, () => followNodeStream(result, stream));
  else if (isFunction(result['getReader'])) abandonable(result, watch, () => followWebStream(result, stream));
  else if (isAsyncIterable(result)) abandonable(result, watch, () => followIterable(result, stream));
  else over(result, watch);
}

function over(value: unknown, watch: Watch): void {
  watch.value(value);
  watch.end({ ending: 'completed' });
}

/** Reading it to its end ends the watch, and so does the garbage collector when nobody ever does. */
function abandonable(result: Shape, watch: Watch, start: () => void): void {
  start();
  if (!watch.ended && watch.attached !== true) watchForAbandonment(result, watch);
}

/** Holds the stream as long as something reads from it, because for the collector an iterator alone does not. */
function streamWatch(stream: Shape, watch: Watch): Watch {
  return {
    context: watch.context,
    get ended() {
      return watch.ended;
    },
    value: (value) => watch.value(value),
    chunk: (item) => watch.chunk(item),
    end(outcome) {
      finished.add(stream);
      forgetAbandonment(watch);
      // Streams of the OpenAI and Anthropic SDKs end normally when they are aborted.
      watch.end(outcome.ending === 'completed' && isAborted(stream) ? { ending: 'aborted' } : outcome);
    },
  };
}

function isAborted(stream: Shape): boolean {
  try {
    const { controller } = stream;
    const signal = isObject(controller) ? controller['signal'] : undefined;
    return isObject(signal) && signal['aborted'] === true;
  } catch {
    return false;
  }
}
