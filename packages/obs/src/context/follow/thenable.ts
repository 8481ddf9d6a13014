import { active, runWith } from '../active.ts';
import { isFunction, isObject, override, type Shape } from '../guard.ts';
import { forgetAbandonment, watchForAbandonment } from './abandoned.ts';
import { followPromise, isPlainPromise } from './promise.ts';
import type { Watch } from './watch.ts';

type Follow = (result: unknown, watch: Watch) => void;
type Method = (...args: unknown[]) => unknown;

/**
 * Follows a promise, or something that behaves like one. `then` of a lazy thenable (an SDK's request, a query builder)
 * is never called by us: it is patched, and observes when the program calls it.
 */
export function followThenable(thenable: Shape, watch: Watch, follow: Follow): void {
  if (isPlainPromise(thenable)) {
    followPromise(thenable, watch, follow);
    return;
  }
  watchForAbandonment(thenable, watch);
  if (isApiPromise(thenable)) followApiPromise(thenable, watch, follow);
  else patchThen(thenable, watch, follow);
}

/** The request of the OpenAI and Anthropic SDKs: awaiting it calls `parse`, which reads the body of the response. */
function isApiPromise(thenable: Shape): boolean {
  return isFunction(thenable['parse']) && isFunction(thenable['asResponse']);
}

function followApiPromise(request: Shape, watch: Watch, follow: Follow): void {
  let parsing = false;
  const observe = (key: string, observed: (result: unknown) => void): void => {
    const original = request[key];
    if (!isFunction(original)) return;
    override(request, key, function (this: unknown, ...args: unknown[]) {
      const result = runWith(watch.context, () => Reflect.apply(original, this, args));
      observed(result);
      return result;
    });
  };
  observe('parse', (result) => {
    if (parsing) return;
    parsing = true;
    forgetAbandonment(watch);
    follow(result, watch);
  });
  // Who takes the raw response reads its body by himself, so that nothing more can be seen of it.
  observe('asResponse', (result) => {
    if (parsing) return;
    forgetAbandonment(watch);
    follow(result, watch);
  });
  observe('_thenUnwrap', (derived) => {
    if (isObject(derived) && isApiPromise(derived)) followApiPromise(derived, watch, follow);
  });
}

function patchThen(thenable: Shape, watch: Watch, follow: Follow): void {
  const original = thenable['then'] as Method;
  const inherited = thenable instanceof Promise;
  let observed = false;
  const then: Method = function (this: unknown, onFulfilled, onRejected) {
    const caller = active();
    const fulfilled: Method = (value) => {
      if (!observed) follow(value, watch);
      observed = true;
      return isFunction(onFulfilled) ? runWith(caller, () => onFulfilled(value)) : value;
    };
    const rejected: Method = (error) => {
      watch.end({ ending: 'failed', error });
      if (isFunction(onRejected)) return runWith(caller, () => onRejected(error));
      throw error;
    };
    forgetAbandonment(watch);
    return runWith(watch.context, () => Reflect.apply(original, this, [fulfilled, rejected]));
  };
  if (!override(thenable, 'then', then)) {
    watch.end({ ending: 'completed' });
    return;
  }
  // Promise's own catch and finally call `then`; others may go past it.
  if (isFunction(thenable['catch']) && !(inherited && thenable['catch'] === Promise.prototype.catch)) {
    override(thenable, 'catch', function (this: unknown, onRejected: unknown) {
      return Reflect.apply(then, this, [undefined, onRejected]);
    });
  }
  if (isFunction(thenable['finally']) && !(inherited && thenable['finally'] === Promise.prototype.finally)) {
    override(thenable, 'finally', function (this: unknown, onFinally: unknown) {
      const done = async (): Promise<void> => void (isFunction(onFinally) && (await onFinally()));
      return Reflect.apply(then, this, [
        (value: unknown) => done().then(() => value),
        (error: unknown) =>
          done().then(() => {
            throw error;
          }),
      ]);
    });
  }
}
