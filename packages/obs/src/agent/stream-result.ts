import { isFunction, isObject, type Shape } from './guard.ts';
import type { Outcome } from './outcome.ts';
import type { Watch } from './watch.ts';

type Follow = (result: unknown, watch: Watch) => void;

const streams = ['fullStream', 'textStream', 'partialObjectStream', 'elementStream', 'partialOutputStream', 'stream'];
const usages = ['totalUsage', 'usage'];

/** Whether this is what the AI SDK's `streamText` and `streamObject` return: streams and promises on one object. */
export function isStreamResult(value: Shape): boolean {
  return 'textStream' in value || 'fullStream' in value;
}

/**
 * Follows such a result by the streams that the program reads from it. Its promises are getters that start reading, so
 * none is touched before a stream has ended; then the usage promise settles what the streams did not tell.
 */
export function followStreamResult(result: Shape, watch: Watch, follow: Follow): void {
  const streamed: Watch = {
    context: watch.context,
    attached: true,
    get ended() {
      return watch.ended;
    },
    value: () => {},
    chunk: (item) => watch.chunk(item),
    end(outcome) {
      if (outcome.ending === 'completed') finish(result, watch);
      else watch.end(outcome);
    },
  };
  for (const key of streams) patchStream(result, key, streamed, follow);
  for (const key of usages) {
    const promise = dataProperty(result, key);
    if (promise instanceof Promise) settleBy(promise, watch, { ending: 'completed' });
  }
}

function dataProperty(target: Shape, key: string): unknown {
  return Reflect.getOwnPropertyDescriptor(target, key)?.value;
}

function finish(result: Shape, watch: Watch): void {
  const key = usages.find((name) => name in result);
  const usage = key === undefined ? undefined : result[key];
  if (isObject(usage) && isFunction(usage['then'])) settleBy(usage, watch, { ending: 'completed' });
  else watch.end({ ending: 'completed' });
}

function settleBy(usage: unknown, watch: Watch, outcome: Outcome): void {
  Promise.resolve(usage).then(
    (value) => {
      watch.value({ totalUsage: value });
      watch.end(outcome);
    },
    (error: unknown) => watch.end({ ending: 'failed', error }),
  );
}

function descriptorOf(target: Shape, key: string): PropertyDescriptor | undefined {
  for (let owner: object | null = target; owner !== null; owner = Reflect.getPrototypeOf(owner)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(owner, key);
    if (descriptor !== undefined) return descriptor;
  }
  return undefined;
}

function patchStream(result: Shape, key: string, watch: Watch, follow: Follow): void {
  const descriptor = descriptorOf(result, key);
  if (descriptor === undefined) return;
  if (descriptor.get === undefined) {
    if (isObject(descriptor.value)) follow(descriptor.value, watch);
    return;
  }
  const { get } = descriptor;
  Reflect.defineProperty(result, key, {
    configurable: true,
    enumerable: descriptor.enumerable ?? false,
    ...(descriptor.set !== undefined && { set: descriptor.set }),
    get(this: unknown) {
      const stream: unknown = Reflect.apply(get, this, []);
      follow(stream, watch);
      return stream;
    },
  });
}
