import { attempt, isFunction, isObject, type Shape } from '../guard.ts';
import type { Outcome, Watch } from './watch.ts';

/** The events by which the SDKs' stream helpers hand on what the provider streamed. */
const itemEvents = ['streamEvent', 'chunk', 'event'] as const;
/** The events that carry the whole answer. */
const answerEvents = ['finalMessage', 'finalChatCompletion'] as const;

/** Whether this is a stream helper that runs by itself: `messages.stream()`, `chat.completions.stream()` and the like. */
export function isStreamEmitter(value: Shape): boolean {
  return isFunction(value['on']) && isFunction(value['done']) && isFunction(value['abort']);
}

/** Follows a stream helper by its events. No listener for `error`: that would hide an unhandled one. */
export function followEmitter(emitter: Shape, watch: Watch): void {
  if (emitter['ended'] === true) {
    watch.end(outcomeOf(emitter, undefined));
    return;
  }
  const on = emitter['on'] as (event: string, listener: (value: unknown) => void) => unknown;
  const listen = (event: string, listener: (value: unknown) => void): unknown =>
    Reflect.apply(on, emitter, [event, listener]);
  for (const event of itemEvents) listen(event, (item) => watch.chunk(item));
  for (const event of answerEvents) listen(event, (answer) => watch.value(answer));
  let failure: unknown;
  const emit = emitter['_emit'];
  if (isFunction(emit)) {
    Reflect.defineProperty(emitter, '_emit', {
      configurable: true,
      writable: true,
      value(this: unknown, ...args: unknown[]) {
        if (args[0] === 'error' || args[0] === 'abort') failure = args[1];
        return Reflect.apply(emit, this, args);
      },
    });
  }
  listen('end', () => watch.end(attempt(() => outcomeOf(emitter, failure)) ?? { ending: 'completed' }));
}

function outcomeOf(emitter: Shape, failure: unknown): Outcome {
  if (emitter['aborted'] === true) return { ending: 'aborted' };
  if (emitter['errored'] === true) return { ending: 'failed', error: isObject(failure) ? failure : 'stream failed' };
  return { ending: 'completed' };
}
