import type { Attributes } from '@opentelemetry/api';
import { attempt, isObject } from '../context/guard.ts';
import { isError } from '../errors.ts';
import type { AgentHost } from './host.ts';
import { textLength } from './length.ts';

const maximumText = 8000;
const maximumJson = 32_000;
const maximumNodes = 1000;
const maximumDepth = 8;

interface ContentNames {
  readonly length: string;
  readonly shape: string;
  /** The attribute that the GenAI conventions name for the content itself. */
  readonly full: string;
}

/** What spans say of each kind of content. */
export const contentNames = {
  input: { length: 'alex.llm.input_length', shape: 'alex.llm.input_shape', full: 'gen_ai.input.messages' },
  output: { length: 'alex.llm.output_length', shape: 'alex.llm.output_shape', full: 'gen_ai.output.messages' },
  arguments: {
    length: 'alex.tool.arguments_length',
    shape: 'alex.tool.arguments_shape',
    full: 'gen_ai.tool.call.arguments',
  },
  result: { length: 'alex.tool.result_length', shape: 'alex.tool.result_shape', full: 'gen_ai.tool.call.result' },
} as const;
contentNames satisfies Record<string, ContentNames>;

/** Attributes for content, as far as the configuration allows: its length, its shape, or redacted JSON. Never throws. */
export function contentAttributes(host: AgentHost, names: ContentNames, value: unknown): Attributes {
  if (value === undefined) return {};
  const attributes: Attributes = { [names.length]: textLength(value) };
  attempt(() => {
    const content = host.content();
    if (content === 'metadata') attributes[names.shape] = toJson(shapeOf(structured(value), 0));
    if (content === 'full') attributes[names.full] = toJson(host.redact(clip(structured(value))));
  });
  return attributes;
}

/** Arguments often come as JSON text, in which keys could not be redacted. */
function structured(value: unknown): unknown {
  if (typeof value !== 'string' || value.length > maximumJson || !/^\s*[[{]/.test(value)) return value;
  return attempt(() => JSON.parse(value) as unknown) ?? value;
}

function toJson(value: unknown): string {
  const json = typeof value === 'string' ? value : JSON.stringify(value);
  return json.length > maximumJson ? `${json.slice(0, maximumJson)}…` : json;
}

/** Names and sizes without content; roles and types of messages stay readable. */
function shapeOf(value: unknown, depth: number, key = ''): unknown {
  if (typeof value === 'string') {
    return (key === 'role' || key === 'type') && /^\w{1,30}$/.test(value) ? value : `string(${value.length})`;
  }
  if (!isObject(value) || typeof value === 'function') return value === null ? 'null' : typeof value;
  if (depth >= 4) return Array.isArray(value) ? `array(${value.length})` : 'object';
  if (Array.isArray(value)) return value.slice(0, 20).map((item) => shapeOf(item, depth + 1));
  const keys = Object.keys(value).slice(0, 20);
  return Object.fromEntries(
    keys.map((name) => [
      name,
      shapeOf(
        attempt(() => value[name]),
        depth + 1,
        name,
      ),
    ]),
  );
}

/** A copy that is bounded in text, nodes and depth, so that redaction and JSON stay cheap. */
function clip(root: unknown): unknown {
  let nodes = 0;
  let length = 0;
  const visit = (value: unknown, depth: number): unknown => {
    nodes += 1;
    if (typeof value === 'string') {
      const room = Math.max(0, Math.min(maximumText, maximumJson - length));
      length += Math.min(value.length, room);
      // What stands right before the cut may be half a secret, which no pattern would know.
      return value.length > room ? `${value.slice(0, room).replace(/\S{0,200}$/, '')}… (${value.length})` : value;
    }
    if (typeof value === 'bigint') return String(value);
    if (!isObject(value) || typeof value === 'function') return value;
    if (isError(value)) return { name: value.name, message: visit(value.message, depth) };
    if (depth >= maximumDepth || nodes > maximumNodes) return '…';
    if (ArrayBuffer.isView(value)) return `binary(${value.byteLength})`;
    if (Array.isArray(value)) return value.slice(0, maximumNodes).map((item) => visit(item, depth + 1));
    const copy: Record<string, unknown> = {};
    for (const key of Object.keys(value).slice(0, maximumNodes)) {
      copy[key] = visit(
        attempt(() => value[key]),
        depth + 1,
      );
    }
    return copy;
  };
  return visit(root, 0);
}
