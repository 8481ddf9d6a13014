import { runWith } from '../active.ts';
import { attempt, isFunction, isObject, override, type Shape } from '../guard.ts';
import { followIterable } from './iterable.ts';
import type { Watch } from './watch.ts';

type Method = (...args: unknown[]) => unknown;

/** Follows a web `ReadableStream` however it is read: by a reader, by iteration, piped or teed. Nothing is read ahead. */
export function followWebStream(stream: Shape, watch: Watch): void {
  patch(stream, 'getReader', (original, args) => {
    const reader = original(...args);
    if (isObject(reader)) followReader(reader, watch);
    return reader;
  });
  for (const opener of ['values', Symbol.asyncIterator]) {
    patch(stream, opener, (original, args) => {
      const iterator = original(...args);
      if (isObject(iterator)) followIterable(iterator, watch);
      return iterator;
    });
  }
  // Piping goes past every method that could be patched, so the items pass a transform that counts them.
  const through = stream['pipeThrough'];
  if (!isFunction(through)) return;
  const observed = (): Shape => Reflect.apply(through, stream, [observer(watch)]) as Shape;
  for (const consumer of ['pipeThrough', 'pipeTo', 'tee']) {
    patch(stream, consumer, (_original, args) => {
      const passed = observed();
      return Reflect.apply(passed[consumer] as Method, passed, args);
    });
  }
  patch(stream, 'cancel', (original, args) => {
    watch.end({ ending: 'broken' });
    return original(...args);
  });
}

function patch(target: Shape, key: PropertyKey, replacement: (original: Method, args: unknown[]) => unknown): void {
  const original = target[key];
  if (!isFunction(original)) return;
  override(target, key, function (this: unknown, ...args: unknown[]) {
    return replacement((...passed) => Reflect.apply(original, this, passed), args);
  });
}

function followReader(reader: Shape, watch: Watch): void {
  const seen = (result: unknown): void => {
    if (!isObject(result)) return;
    if (result['done'] === true) watch.end({ ending: 'completed' });
    else watch.chunk(result['value']);
  };
  patch(reader, 'read', (original, args) => {
    const step = runWith(watch.context, () => original(...args));
    if (!(step instanceof Promise)) return step;
    return step.then(
      (result: unknown) => {
        attempt(() => seen(result));
        return result;
      },
      (error: unknown) => {
        watch.end({ ending: 'failed', error });
        throw error;
      },
    );
  });
  patch(reader, 'cancel', (original, args) => {
    watch.end({ ending: 'broken' });
    return original(...args);
  });
}

interface Transformer {
  transform(item: unknown, controller: { enqueue(item: unknown): void }): void;
  flush(): void;
  cancel(reason: unknown): void;
}

function observer(watch: Watch): TransformStream<unknown, unknown> {
  const transformer: Transformer = {
    transform(item, controller) {
      watch.chunk(item);
      controller.enqueue(item);
    },
    flush: () => watch.end({ ending: 'completed' }),
    // Called both when the source fails and when the reader cancels; only a failure brings an error.
    cancel: (reason) => watch.end(reason instanceof Error ? { ending: 'failed', error: reason } : { ending: 'broken' }),
  };
  return new TransformStream(transformer);
}
