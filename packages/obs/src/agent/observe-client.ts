import type { Attributes } from '@opentelemetry/api';
import { active } from '../context/active.ts';
import { follow } from '../context/follow/follow.ts';
import { createWatch } from '../context/follow/watch.ts';
import { attempt, isFunction, isObject, override, type Shape } from '../context/guard.ts';
import { generate } from './generate.ts';
import type { HostSource } from './host.ts';
import { isMarked, mark } from './marker.ts';
import { providerOf } from './provider.ts';
import { type CurrentGeneration, generationKey } from './scope.ts';
import { AnswerReader } from './usage/read.ts';

/** Where clients keep the resources whose `create` is a request; `stream`, `parse` and tool runners all call it. */
const resources = [
  ['chat', 'completions'],
  ['responses'],
  ['messages'],
  ['beta', 'messages'],
  ['beta', 'responses'],
] as const;

/** `obs.observeClient`: patches methods of the instance, so that private fields and identity stay as they are. */
export function observeClient<Client extends object>(host: HostSource, client: Client): Client {
  attempt(() => {
    if (!isObject(client)) return;
    for (const path of resources) {
      const resource = path.reduce<unknown>((owner, key) => (isObject(owner) ? owner[key] : undefined), client);
      if (isObject(resource)) patchCreate(host, client, resource, path);
    }
    patchWithOptions(host, client);
  });
  return client;
}

function patchCreate(host: HostSource, client: Shape, resource: Shape, path: readonly string[]): void {
  const { create } = resource;
  if (!isFunction(create) || isMarked(create)) return;
  const provider = providerOf(client, path);
  const observed = function (this: unknown, ...args: unknown[]): unknown {
    const send = (): unknown => Reflect.apply(create, this, args);
    const current = attempt(() => generationKey.get(active()));
    if (current !== undefined && !current.ended) return sendBelow(current, send);
    const body = isObject(args[0]) ? args[0] : {};
    const described = attempt(() => describe(body));
    return generate(host(), { model: 'unknown', ...described, provider }, send);
  };
  override(
    resource,
    'create',
    mark(observed, () => host().active()),
  );
}

function describe(body: Shape): { model: string; input: unknown; attributes: Attributes } {
  const attributes: Attributes = {};
  const limit = body['max_completion_tokens'] ?? body['max_output_tokens'] ?? body['max_tokens'];
  if (typeof limit === 'number') attributes['gen_ai.request.max_tokens'] = limit;
  if (typeof body['temperature'] === 'number') attributes['gen_ai.request.temperature'] = body['temperature'];
  if (typeof body['top_p'] === 'number') attributes['gen_ai.request.top_p'] = body['top_p'];
  if (body['stream'] === true) attributes['gen_ai.request.stream'] = true;
  return { model: body['model'] as string, input: body['messages'] ?? body['input'], attributes };
}

/** A request inside `obs.generate`: that one has the span; it learns the usage, for a result that does not tell it. */
function sendBelow(current: CurrentGeneration, send: () => unknown): unknown {
  const result = send();
  const reader = new AnswerReader();
  const watch = createWatch({
    context: active(),
    onValue: (value) => reader.read(value),
    onChunk(item) {
      current.seen();
      reader.read(item);
    },
    onEnd: () => current.addRequest(reader.answer.usage, reader.answer.model),
  });
  follow(result, watch);
  return result;
}

/** `client.withOptions()` makes a client of its own, which is to be observed too. */
function patchWithOptions(host: HostSource, client: Shape): void {
  const { withOptions } = client;
  if (!isFunction(withOptions) || isMarked(withOptions)) return;
  const observed = function (this: unknown, ...args: unknown[]): unknown {
    const derived = Reflect.apply(withOptions, this, args);
    return isObject(derived) ? observeClient(host, derived) : derived;
  };
  override(
    client,
    'withOptions',
    mark(observed, () => host().active()),
  );
}
