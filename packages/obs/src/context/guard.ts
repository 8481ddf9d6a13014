/** Runs an observation step; what it throws is swallowed, because telemetry must not reach the program it observes. */
export function attempt<Result>(step: () => Result): Result | undefined {
  try {
    return step();
  } catch {
    return undefined;
  }
}

/** An object (or function) whose properties can be read; each read may still throw when the object is hostile. */
export type Shape = Readonly<Record<PropertyKey, unknown>>;

/** Whether a value can have properties: objects and functions. */
export function isObject(value: unknown): value is Shape {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Whether a value can be called. */
export function isFunction(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === 'function';
}

/** Gives an object a hidden own property that wins over its prototype's; false when the object is frozen. */
export function override(target: object, key: PropertyKey, value: unknown): boolean {
  return Reflect.defineProperty(target, key, { value, writable: true, configurable: true, enumerable: false });
}
