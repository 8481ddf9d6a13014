import { isFunction, override, type Shape } from '../guard.ts';
import type { Watch } from './watch.ts';

type Follow = (result: unknown, watch: Watch) => void;
type Settled = (value: unknown) => unknown;

/** Where a followed promise keeps the one that is derived from it; known to every copy of this package. */
const derivedKey: unique symbol = Symbol.for('alex.obs.derived');
type Followed = Promise<unknown> & { [derivedKey]?: Promise<unknown> };

/**
 * What a followed promise becomes an instance of: a promise in all respects, but who waits for it waits for the one
 * derived from it. A subclass, because `await` never calls the `then` of a promise whose constructor is `Promise`.
 */
class FollowedPromise extends Promise<unknown> {
  static override readonly name: string = 'Promise';

  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // biome-ignore lint/suspicious/noThenProperty: a promise has one.
  override then<Value = unknown, Reason = never>(
    onFulfilled?: ((value: unknown) => Value | PromiseLike<Value>) | null,
    onRejected?: ((reason: unknown) => Reason | PromiseLike<Reason>) | null,
  ): Promise<Value | Reason> {
    return Promise.prototype.then.call((this as Followed)[derivedKey] ?? this, onFulfilled, onRejected) as Promise<
      Value | Reason
    >;
  }
}

/** Whether nothing happens when somebody waits for this promise, because it runs by itself. */
export function isPlainPromise(value: Shape): value is Followed & Shape {
  return value instanceof Promise && (value.then === Promise.prototype.then || derivedKey in value);
}

/**
 * Follows a promise that stays the same object. Waiting for it is redirected to a promise that is derived from it, which
 * is the one that an `unhandledRejection` may be about: a rejection that nobody waits for stays unhandled, once, and one
 * that is handled stays handled.
 */
export function followPromise(promise: Followed, watch: Watch, follow: Follow): void {
  const fulfilled: Settled = (value) => {
    follow(value, watch);
    return value;
  };
  const rejected: Settled = (error) => {
    watch.end({ ending: 'failed', error });
    throw error;
  };
  const then = (target: Promise<unknown>, onRejected: Settled): Promise<unknown> =>
    Promise.prototype.then.call(target, fulfilled, onRejected);
  if (!Object.isExtensible(promise)) {
    then(promise, (error) => watch.end({ ending: 'failed', error }));
    return;
  }
  const isNew = !(derivedKey in promise);
  const derived = then(promise[derivedKey] ?? promise, rejected);
  Object.defineProperty(promise, derivedKey, { value: derived, writable: true, configurable: true });
  if (isNew) Object.setPrototypeOf(promise, prototypeFor(promise));
}

/** A subclass keeps what it has of its own. */
function prototypeFor(promise: Promise<unknown>): object {
  const inherited: unknown = Reflect.getPrototypeOf(promise);
  if (inherited === Promise.prototype || !isFunction(promise.constructor)) return FollowedPromise.prototype;
  const own = Object.create(inherited as object) as object;
  override(own, 'then', FollowedPromise.prototype.then);
  return own;
}
