const observed: unique symbol = Symbol.for('alex.obs.observed');

/** Marks a function as observed, for every copy of this package in the process. */
export function mark<Fn extends (...args: never[]) => unknown>(fn: Fn): Fn {
  Object.defineProperty(fn, observed, { value: true });
  return fn;
}

/** Whether a function was marked, by any copy of this package. */
export function isMarked(fn: object): boolean {
  return Reflect.get(fn, observed) === true;
}
