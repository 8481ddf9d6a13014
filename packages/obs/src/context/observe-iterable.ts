import type { Context } from '@opentelemetry/api';
import { runWith } from './active.ts';

/** How something that takes time ended. `returned` is a consumer that stopped early. */
export type Outcome =
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'returned' }
  | { readonly kind: 'thrown'; readonly error: unknown };

/** Watches an iteration. What the callbacks throw is swallowed: observing never breaks what is observed. */
export interface IterationObserver<Item = unknown> {
  /** Each step of the iteration runs with this context active. */
  readonly context: Context;
  /** The first item, before `onItem` gets it. */
  readonly onFirst?: (item: Item) => void;
  readonly onItem?: (item: Item) => void;
  /** Once, at the end of the first iteration. */
  readonly onEnd: (outcome: Outcome) => void;
}

interface Options {
  /** Methods that open an iteration. Default: `Symbol.asyncIterator` alone. */
  readonly openers?: readonly PropertyKey[];
}

type Method = (this: unknown, ...args: unknown[]) => unknown;
type Step = { readonly done?: boolean; readonly value: unknown };

/** Whether `value` can be iterated asynchronously. */
export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, Symbol.asyncIterator) === 'function';
}

/**
 * Observes an async iterable in place: the same object is returned, its steps run in `observer.context`, nothing is read
 * ahead, and stopping early cancels the source as before. An object that cannot be patched is left alone and counts as
 * done.
 */
export function observeIterable<Iterable extends AsyncIterable<Item>, Item = unknown>(
  iterable: Iterable,
  observer: IterationObserver<Item>,
  options: Options = {},
): Iterable {
  const watch = new Watch(observer as IterationObserver);
  try {
    if (typeof Reflect.get(iterable, 'next') === 'function') patchIterator(iterable, watch);
    else for (const opener of options.openers ?? [Symbol.asyncIterator]) patchOpener(iterable, opener, watch);
  } catch {
    watch.end({ kind: 'done', value: undefined });
  }
  return iterable;
}

/** What the patched methods of one iterable share. */
class Watch {
  readonly observer: IterationObserver;
  readonly patched: WeakSet<object> = new WeakSet();
  #started = false;
  #ended = false;

  constructor(observer: IterationObserver) {
    this.observer = observer;
  }

  item(value: unknown): void {
    if (this.#ended) return;
    if (!this.#started) {
      this.#started = true;
      this.#call(this.observer.onFirst, value);
    }
    this.#call(this.observer.onItem, value);
  }

  end(outcome: Outcome): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#call(this.observer.onEnd, outcome);
  }

  #call<Value>(callback: ((value: Value) => void) | undefined, value: Value): void {
    try {
      callback?.call(this.observer, value);
    } catch {
      // Observing must not break the iteration.
    }
  }
}

function patchOpener(iterable: object, opener: PropertyKey, watch: Watch): void {
  const original: unknown = Reflect.get(iterable, opener);
  if (typeof original !== 'function') return;
  replace(iterable, opener, function (this: unknown, ...args: unknown[]) {
    const iterator: unknown = runWith(watch.observer.context, () => Reflect.apply(original, this, args));
    try {
      if (typeof iterator === 'object' && iterator !== null) patchIterator(iterator, watch);
    } catch {
      watch.end({ kind: 'done', value: undefined });
    }
    return iterator;
  });
}

function patchIterator(iterator: object, watch: Watch): void {
  if (watch.patched.has(iterator)) return;
  watch.patched.add(iterator);
  const seen = (step: unknown): void => {
    if (typeof step !== 'object' || step === null) return;
    const { done, value } = step as Step;
    if (done) watch.end({ kind: 'done', value });
    else watch.item(value);
  };
  patchStep(iterator, 'next', watch, seen);
  patchStep(iterator, 'throw', watch, seen);
  const stopped = (): void => watch.end({ kind: 'returned' });
  if (!patchStep(iterator, 'return', watch, stopped)) {
    replace(iterator, 'return', (value) => {
      stopped();
      return Promise.resolve({ done: true, value });
    });
  }
}

function patchStep(iterator: object, name: string, watch: Watch, seen: (step: unknown) => void): boolean {
  const original: unknown = Reflect.get(iterator, name);
  if (typeof original !== 'function') return false;
  const failed = (error: unknown): never => {
    watch.end({ kind: 'thrown', error });
    throw error;
  };
  replace(iterator, name, function (this: unknown, ...args: unknown[]) {
    let step: unknown;
    try {
      step = runWith(watch.observer.context, () => Reflect.apply(original, this, args));
    } catch (error) {
      return failed(error);
    }
    if (!(step instanceof Promise)) {
      seen(step);
      return step;
    }
    return step.then((value) => {
      seen(value);
      return value;
    }, failed);
  });
  return true;
}

function replace(target: object, name: PropertyKey, value: Method): void {
  Object.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: false });
}
