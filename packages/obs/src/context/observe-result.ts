import { active, runWith } from './active.ts';
import { type IterationObserver, isAsyncIterable, type Outcome, observeIterable } from './observe-iterable.ts';

type Callback = (value: unknown) => unknown;
type Then = (this: unknown, onFulfilled?: Callback | null, onRejected?: Callback | null) => unknown;

/**
 * Observes whatever a function returned until it is over: a promise until it settles, an async iterable until its
 * iteration ends, a promise of one until then, anything else not at all. Returns what the caller shall get: the same
 * object, except for a plain promise, which cannot be watched in place.
 */
export function observeResult<Result>(result: Result, observer: IterationObserver): Result {
  try {
    if (isPlainPromise(result)) return observePromise(result, observer) as Result;
    if (isThenable(result)) return observeThenable(result, observer);
    return observeValue(result, observer);
  } catch {
    // For instance a getter of the result that throws.
    finish(observer, { kind: 'done', value: result });
    return result;
  }
}

function observeValue<Value>(value: Value, observer: IterationObserver): Value {
  // Streams of the web and of Node may be read in ways that cannot be watched here: they count as over once they exist.
  if (isAsyncIterable(value) && !('getReader' in value || 'pipe' in value)) return observeIterable(value, observer);
  finish(observer, { kind: 'done', value });
  return value;
}

function observePromise(promise: Promise<unknown>, observer: IterationObserver): Promise<unknown> {
  const observed = promise.then(
    (value) => observeValue(value, observer),
    (error: unknown) => {
      finish(observer, { kind: 'thrown', error });
      throw error;
    },
  );
  if (Reflect.ownKeys(promise).length > 0) {
    // For instance the `child` that a promisified execFile adds.
    Object.defineProperties(observed, Object.getOwnPropertyDescriptors(promise));
  }
  return observed;
}

/** A lazy thenable (an SDK's request, a query builder) starts when `then` is called: only the caller may do that. */
function observeThenable<Result extends object>(thenable: Result, observer: IterationObserver): Result {
  const original = Reflect.get(thenable, 'then') as Then;
  let over = false;
  const once = (outcome: Outcome): void => {
    if (!over) finish(observer, outcome);
    over = true;
  };
  const then: Then = function (this: unknown, onFulfilled, onRejected) {
    const caller = active();
    const fulfilled: Callback = (value) => {
      if (!over && isAsyncIterable(value)) {
        over = true;
        observeValue(value, observer);
      } else once({ kind: 'done', value });
      return onFulfilled ? runWith(caller, () => onFulfilled(value)) : value;
    };
    const rejected: Callback = (error) => {
      once({ kind: 'thrown', error });
      if (onRejected) return runWith(caller, () => onRejected(error));
      throw error;
    };
    return runWith(observer.context, () => Reflect.apply(original, this, [fulfilled, rejected]));
  };
  try {
    Object.defineProperty(thenable, 'then', { value: then, configurable: true, writable: true });
  } catch {
    once({ kind: 'done', value: thenable });
  }
  return thenable;
}

function finish(observer: IterationObserver, outcome: Outcome): void {
  try {
    observer.onEnd(outcome);
  } catch {
    // Observing must not break what is observed.
  }
}

function isThenable(value: unknown): value is object {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof Reflect.get(value, 'then') === 'function'
  );
}

function isPlainPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise && value.constructor === Promise && !Object.hasOwn(value, 'then');
}
