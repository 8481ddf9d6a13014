import type { ToolCall } from '../api.ts';
import { active } from '../context/active.ts';
import { attempt, isFunction, isObject, override, type Shape } from '../context/guard.ts';
import type { HostSource } from './host.ts';
import { isMarked, mark } from './marker.ts';
import { toolKey } from './scope.ts';
import { executeTool } from './tool.ts';

type Execute = (this: unknown, ...args: unknown[]) => unknown;

/** Each function is wrapped once, whoever asks for it. */
const wrappers = new WeakMap<object, Execute>();

/** `obs.observeTools`: objects are patched in place; only a bare function is replaced by a wrapper. */
export function observeTools<Tools extends object>(host: HostSource, tools: Tools): Tools {
  return (attempt(() => observeAny(host, tools)) ?? tools) as Tools;
}

function observeAny(host: HostSource, tools: unknown): unknown {
  if (isFunction(tools)) return wrap(host, tools);
  if (!isObject(tools)) return tools;
  if (isFunction(tools['execute'])) patchTool(host, tools);
  else if (tools instanceof Map) for (const [name, tool] of tools) tools.set(name, observeEntry(host, tool, name));
  else if (isFunction(tools['get']) && isFunction(tools['register'])) patchRegistry(host, tools);
  else for (const key of Object.keys(tools)) replaceEntry(host, tools, key);
  return tools;
}

function replaceEntry(host: HostSource, tools: Shape, key: string): void {
  attempt(() => {
    const tool = tools[key];
    const observed = observeEntry(host, tool, Array.isArray(tools) ? undefined : key);
    if (observed !== tool) Reflect.set(tools, key, observed);
  });
}

function observeEntry(host: HostSource, tool: unknown, name: unknown): unknown {
  if (isFunction(tool)) return wrap(host, tool, name);
  if (isObject(tool) && isFunction(tool['execute'])) patchTool(host, tool, name);
  return tool;
}

/** A registry hands out what was registered: marked tools are recognised, so that no execution counts twice. */
function patchRegistry(host: HostSource, registry: Shape): void {
  const { get, register } = registry as { readonly get: Execute; readonly register: Execute };
  if (isMarked(get) || isMarked(register)) return;
  const observedGet: Execute = function (this, ...args) {
    const tool = Reflect.apply(get, this, args);
    return attempt(() => observeEntry(host, tool, args[0])) ?? tool;
  };
  const observedRegister: Execute = function (this, ...args) {
    const name = args.find((argument) => typeof argument === 'string');
    const observed = args.map((argument) => attempt(() => observeEntry(host, argument, name)) ?? argument);
    return Reflect.apply(register, this, observed);
  };
  override(
    registry,
    'get',
    mark(observedGet, () => host().active()),
  );
  override(
    registry,
    'register',
    mark(observedRegister, () => host().active()),
  );
}

function patchTool(host: HostSource, tool: Shape, name?: unknown): void {
  const execute = tool['execute'] as Execute;
  if (isMarked(execute)) return;
  const known = text(tool['name']) ?? text(name);
  override(tool, 'execute', observed(host, execute, known));
}

function wrap(host: HostSource, fn: Execute, name?: unknown): Execute {
  if (isMarked(fn)) return fn;
  const existing = wrappers.get(fn);
  if (existing !== undefined && isMarked(existing)) return existing;
  const wrapper = observed(host, fn, text(name) ?? text(fn.name));
  attempt(() => Object.defineProperty(wrapper, 'name', { value: fn.name }));
  wrappers.set(fn, wrapper);
  return wrapper;
}

function observed(host: HostSource, execute: Execute, name: string | undefined): Execute {
  const wrapper: Execute = function (this: unknown, ...args: unknown[]): unknown {
    const run = (): unknown => Reflect.apply(execute, this, args);
    const tool = attempt(() => callOf(args, name)) ?? { name: name ?? 'unknown' };
    return isClaimed(tool.name) ? run() : executeTool<unknown>(host(), tool, run);
  };
  return mark(wrapper, () => host().active());
}

/** Whether `obs.executeTool` around it counts this execution already. */
function isClaimed(name: string): boolean {
  const current = attempt(() => toolKey.get(active()));
  if (current === undefined || current.claimed || current.toolName !== name) return false;
  current.claimed = true;
  return true;
}

/** Reads `execute(call)`, `execute(name, arguments)` and `execute(arguments, { toolCallId })`. */
function callOf(args: readonly unknown[], name: string | undefined): ToolCall {
  const [first, second] = args;
  if (isObject(first) && text(first['name']) !== undefined) {
    const given = first['arguments'] ?? first['input'] ?? first['args'];
    if (given !== undefined || name === undefined) return call(String(first['name']), idOf(first), given);
  }
  if (name === undefined && typeof first === 'string') return call(first, idOf(second), second);
  return call(name ?? 'unknown', idOf(second), first);
}

function call(name: string, callId: string | undefined, given: unknown): ToolCall {
  return { name, arguments: given, ...(callId !== undefined && { callId }) };
}

function idOf(source: unknown): string | undefined {
  if (!isObject(source)) return undefined;
  return text(source['toolCallId']) ?? text(source['callId']) ?? text(source['call_id']) ?? text(source['id']);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
