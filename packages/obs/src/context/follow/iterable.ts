import { runWith } from '../active.ts';
import { attempt, isFunction, isObject, override } from '../guard.ts';
import type { Watch } from './watch.ts';

type Step = { readonly done?: boolean; readonly value: unknown };

/** Whether `value` can be iterated asynchronously. */
export function isAsyncIterable(value: object): value is AsyncIterable<unknown> {
  return isFunction(Reflect.get(value, Symbol.asyncIterator));
}

/**
 * Follows an async iterable, or an iterator, in place: its steps run in `watch.context`, nothing is read ahead, and
 * stopping early cancels the source as before. What cannot be patched is left alone and counts as completed.
 */
export function followIterable(iterable: object, watch: Watch): void {
  const iteration: Iteration = { watch, patched: new WeakSet() };
  if (isFunction(Reflect.get(iterable, 'next'))) patchIterator(iterable, iteration);
  // The streams of the OpenAI and Anthropic SDKs open every way of reading, tee() included, through `iterator`.
  else for (const opener of ['iterator', Symbol.asyncIterator]) patchOpener(iterable, opener, iteration);
}

interface Iteration {
  readonly watch: Watch;
  readonly patched: WeakSet<object>;
}

function patchOpener(iterable: object, opener: PropertyKey, iteration: Iteration): void {
  const original: unknown = Reflect.get(iterable, opener);
  if (!isFunction(original)) return;
  const { watch } = iteration;
  replace(iterable, opener, watch, function (this: unknown, ...args: unknown[]) {
    const iterator: unknown = runWith(watch.context, () => Reflect.apply(original, this, args));
    try {
      if (isObject(iterator)) patchIterator(iterator, iteration);
    } catch {
      watch.end({ ending: 'completed' });
    }
    return iterator;
  });
}

function patchIterator(iterator: object, { watch, patched }: Iteration): void {
  if (patched.has(iterator)) return;
  patched.add(iterator);
  const seen = (step: unknown): void => {
    if (watch.ended || typeof step !== 'object' || step === null) return;
    const { done, value } = step as Step;
    if (done) watch.end({ ending: 'completed' });
    else watch.chunk(value);
  };
  patchStep(iterator, 'next', watch, seen);
  patchStep(iterator, 'throw', watch, seen);
  const stopped = (): void => watch.end({ ending: 'broken' });
  if (!patchStep(iterator, 'return', watch, stopped)) {
    replace(iterator, 'return', watch, (value) => {
      stopped();
      return Promise.resolve({ done: true, value });
    });
  }
}

function patchStep(iterator: object, name: string, watch: Watch, seen: (step: unknown) => void): boolean {
  const original: unknown = Reflect.get(iterator, name);
  if (!isFunction(original)) return false;
  const failed = (error: unknown): never => {
    watch.end({ ending: 'failed', error });
    throw error;
  };
  const observe = (step: unknown): unknown => {
    attempt(() => seen(step));
    return step;
  };
  replace(iterator, name, watch, function (this: unknown, ...args: unknown[]) {
    let step: unknown;
    try {
      step = runWith(watch.context, () => Reflect.apply(original, this, args));
    } catch (error) {
      return failed(error);
    }
    return step instanceof Promise ? step.then(observe, failed) : observe(step);
  });
  return true;
}

function replace(target: object, name: PropertyKey, watch: Watch, value: (...args: never[]) => unknown): void {
  if (!override(target, name, value)) watch.end({ ending: 'completed' });
}
