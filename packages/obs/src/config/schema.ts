import {
  endpointPattern,
  headerNamePattern,
  headerValuePattern,
  labelNamePattern,
  ownLabelNames,
  priceNames,
  urlPattern,
} from './check.ts';
import { type Key, keys } from './keys.ts';

/** A JSON Schema (draft 7), as far as the configuration needs it. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

interface Section {
  readonly type: 'object';
  readonly additionalProperties: false;
  readonly properties: Record<string, Section | JsonSchema>;
}

/**
 * The JSON Schema of a whole configuration file, for editors. It accepts what the SDK accepts without a problem, except
 * that it cannot say that bucket bounds ascend.
 */
export function jsonSchema(): JsonSchema {
  const root = section();
  for (const key of keys) {
    const names = key.path.split('.');
    const last = names.pop()!;
    let parent = root;
    for (const name of names) parent = (parent.properties[name] ??= section()) as Section;
    parent.properties[last] = keySchema(key);
  }
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'ALEX configuration',
    description: 'The section observability; every other key belongs to the agent.',
    type: 'object',
    properties: { observability: root },
  };
}

function section(): Section {
  return { type: 'object', additionalProperties: false, properties: {} };
}

function keySchema(key: Key): JsonSchema {
  const type = typeSchema(key);
  const defaults = key.default === undefined ? {} : { default: key.default };
  return { description: key.description, ...type, ...defaults };
}

function typeSchema(key: Key): JsonSchema {
  switch (key.type) {
    case 'boolean':
      return { type: 'boolean' };
    case 'integer':
    case 'number':
      return {
        type: key.type,
        ...(key.minimum !== undefined && { minimum: key.minimum }),
        ...(key.maximum !== undefined && { maximum: key.maximum }),
      };
    case 'choice':
      return key.path === 'logging.level' ? levelSchema(key.values) : { enum: key.values };
    case 'string':
      return { type: 'string', minLength: 1 };
    case 'url':
      return { type: 'string', pattern: urlPattern };
    case 'endpoint':
      return { type: 'string', pattern: endpointPattern };
    case 'buckets':
      return { type: 'array', minItems: 1, items: { type: 'number', exclusiveMinimum: 0 } };
    case 'string map':
      return mapSchema(key);
    case 'pricing':
      return { type: 'object', additionalProperties: priceSchema() };
  }
}

/** The plain words first, for completion; then any case of them, and `warning`. */
function levelSchema(levels: readonly string[]): JsonSchema {
  const anyCase = [...levels, 'warning'].map((level) =>
    level.replace(/./g, (letter) => `[${letter.toUpperCase()}${letter}]`),
  );
  return { anyOf: [{ enum: levels }, { type: 'string', pattern: `^(${anyCase.join('|')})$` }] };
}

function mapSchema(key: Key & { readonly type: 'string map' }): JsonSchema {
  if (key.labels !== true) {
    const value = { type: 'string', pattern: headerValuePattern };
    return { type: 'object', propertyNames: { pattern: headerNamePattern }, additionalProperties: value };
  }
  return {
    type: 'object',
    maxProperties: key.maximumEntries,
    propertyNames: { pattern: labelNamePattern, not: { enum: ownLabelNames } },
    additionalProperties: { type: 'string' },
  };
}

function priceSchema(): JsonSchema {
  const dollars = { type: 'number', minimum: 0 };
  return {
    type: 'object',
    required: priceNames.slice(0, 2),
    additionalProperties: false,
    properties: Object.fromEntries(priceNames.map((name) => [name, dollars])),
  };
}
