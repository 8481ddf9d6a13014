const observed: unique symbol = Symbol.for('alex.obs.observed');

/** Marks a function as observed, for every copy of this package in the process, as long as `isActive` says so. */
export function mark<Fn extends (...args: never[]) => unknown>(fn: Fn, isActive: () => boolean): Fn {
  Object.defineProperty(fn, observed, { value: isActive });
  return fn;
}

/** Whether a function was marked by an instance that is not shut down. */
export function isMarked(fn: object): boolean {
  const isActive: unknown = Reflect.get(fn, observed);
  return typeof isActive === 'function' && isActive() === true;
}
