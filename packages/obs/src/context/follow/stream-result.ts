import { attempt, isFunction, isObject, type Shape } from '../guard.ts';
import type { Outcome, Watch } from './watch.ts';

type Follow = (result: unknown, watch: Watch) => void;

const streams = ['fullStream', 'textStream', 'partialObjectStream', 'elementStream', 'partialOutputStream', 'stream'];
const usages = ['totalUsage', 'usage'];
/** A stream that has ended settles its usage at once, or never. */
const usageTimeoutMs = 1000;

/** Whether this is what the AI SDK's `streamText` and `streamObject` return: streams and promises on one object. */
export function isStreamResult(value: Shape): boolean {
  return 'textStream' in value || 'fullStream' in value;
}

/**
 * Follows such a result by the streams that the program reads from it. Its promises are getters that start reading, so
 * none is touched before a stream has ended; then the usage promise settles what the streams did not tell.
 */
export function followStreamResult(result: Shape, watch: Watch, follow: Follow): void {
  let told: Outcome | undefined;
  const streamed: Watch = {
    context: watch.context,
    attached: true,
    get ended() {
      return watch.ended;
    },
    value: () => {},
    chunk(item) {
      told ??= attempt(() => toldBy(item));
      watch.chunk(item);
    },
    end(outcome) {
      if (outcome.ending !== 'completed') watch.end(outcome);
      else if (told !== undefined) watch.end(told);
      else finish(result, watch);
    },
  };
  for (const key of streams) patchStream(result, key, streamed, follow);
  for (const key of usages) {
    const promise = Reflect.getOwnPropertyDescriptor(result, key)?.value;
    if (promise instanceof Promise) follow(promise, usageWatch(watch));
  }
}

/** Parts that tell the outcome: the stream itself ends normally after each of them. */
function toldBy(part: unknown): Outcome | undefined {
  if (!isObject(part)) return undefined;
  if (part['type'] === 'abort') return { ending: 'aborted' };
  if (part['type'] === 'error') return { ending: 'failed', error: part['error'] };
  return part['type'] === 'finish' ? { ending: 'completed' } : undefined;
}

function finish(result: Shape, watch: Watch): void {
  const usage = attempt(() => usages.map((key) => result[key]).find((value) => value !== undefined));
  if (!isObject(usage) || !isFunction(usage['then'])) {
    watch.end({ ending: 'completed' });
    return;
  }
  // A promise that came to be because we asked: nobody else would handle its rejection.
  const { value, end } = usageWatch(watch);
  Promise.resolve(usage).then(
    (reported) => {
      value(reported);
      end({ ending: 'completed' });
    },
    (error: unknown) => end({ ending: 'failed', error }),
  );
  setTimeout(() => watch.end({ ending: 'completed' }), usageTimeoutMs).unref();
}

/** The usage promise settles the whole. */
function usageWatch(watch: Watch): Watch {
  return {
    context: watch.context,
    attached: true,
    get ended() {
      return watch.ended;
    },
    value: (value) => watch.value({ totalUsage: value }),
    chunk: () => {},
    end: (outcome) => watch.end(outcome),
  };
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
