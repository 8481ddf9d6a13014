import type { Attributes, Span } from '@opentelemetry/api';

/** As many attributes, and as many links, as a span keeps. */
const maximumCount = 128;

type Method = (this: Span, ...args: unknown[]) => unknown;
type Bound = (args: readonly unknown[]) => readonly unknown[];

const asGiven: Bound = (args) => args;

/** The methods of a span, and what they are given of their arguments. */
const methods: Readonly<Record<string, Bound>> = {
  setAttribute: asGiven,
  setAttributes: ([attributes]) => [boundedAttributes(attributes)],
  addEvent: ([name, attributes, ...time]) => [name, eventAttributes(attributes), ...time],
  addLink: asGiven,
  addLinks: ([links]) => [Array.isArray(links) ? links.slice(0, maximumCount) : []],
  setStatus: asGiven,
  updateName: asGiven,
  recordException: asGiven,
  end: asGiven,
};

/**
 * Makes spans of the SDK total: what their methods would throw for is left out and told to `dropped`. A span stays the
 * object that it is.
 */
export function totalSpans(dropped: () => void): (span: Span) => Span {
  const known = new WeakMap<object, object>();
  return (span) => {
    if (!span.isRecording()) return span;
    const base = Reflect.getPrototypeOf(span) as object;
    let prototype = known.get(base);
    if (prototype === undefined) known.set(base, (prototype = guarded(base, dropped)));
    return Object.setPrototypeOf(span, prototype) as Span;
  };
}

function guarded(base: object, dropped: () => void): object {
  const prototype = Object.create(base) as object;
  for (const [name, bound] of Object.entries(methods)) {
    const original = Reflect.get(base, name) as Method;
    const method: Method = function (...args) {
      try {
        Reflect.apply(original, this, bound(args));
      } catch {
        dropped();
        // A time that is none must not lose the span.
        if (name === 'end') Reflect.apply(original, this, []);
      }
      return this;
    };
    Object.defineProperty(prototype, name, { value: method, writable: true, configurable: true });
  }
  return prototype;
}

/**
 * No more attributes than a span keeps. The SDK would take every character of a text, and every element of an array, for
 * an attribute, and would look at a million of them.
 */
export function boundedAttributes(given: unknown): Attributes {
  if (typeof given !== 'object' || given === null || Array.isArray(given) || ArrayBuffer.isView(given)) return {};
  const keys = Object.keys(given);
  if (keys.length <= maximumCount) return given as Attributes;
  return Object.fromEntries(keys.slice(0, maximumCount).map((key) => [key, Reflect.get(given, key)]));
}

/** The second argument of `addEvent` may be a time. */
function eventAttributes(given: unknown): unknown {
  const isTime = typeof given === 'number' || given instanceof Date || (Array.isArray(given) && given.length === 2);
  return isTime || given === undefined ? given : boundedAttributes(given);
}
