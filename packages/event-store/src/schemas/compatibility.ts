import { isDeepStrictEqual } from 'node:util';
import { compileSchema, type JsonSchema } from './json-schema.ts';

/** Which payloads a new version has to accept, in the words of schema registries. */
export type Compatibility = 'NONE' | 'BACKWARD' | 'FORWARD' | 'FULL';

export const compatibilities: readonly Compatibility[] = ['NONE', 'BACKWARD', 'FORWARD', 'FULL'];

type Keywords = Readonly<Record<string, unknown>>;

interface Pair {
  /** Has to accept all that `narrow` accepts. */
  readonly wide: Keywords;
  readonly narrow: Keywords;
  readonly path: string;
}

/** Why a new schema is not compatible with the latest one, with the path; `undefined`: it is. */
export function incompatibility(latest: JsonSchema, next: JsonSchema, mode: Compatibility): string | undefined {
  const backward = mode === 'BACKWARD' || mode === 'FULL' ? notIncluded(next, latest, '$') : undefined;
  if (backward) return `not backward compatible at ${backward}`;
  const forward = mode === 'FORWARD' || mode === 'FULL' ? notIncluded(latest, next, '$') : undefined;
  return forward && `not forward compatible at ${forward}`;
}

const annotations: ReadonlySet<string> = new Set(
  '$schema $id $comment title description default examples deprecated readOnly writeOnly'.split(' '),
);
const decided: ReadonlySet<string> = new Set(
  'type enum const required properties additionalProperties items minimum maximum exclusiveMinimum exclusiveMaximum minLength maxLength minItems maxItems minProperties maxProperties'.split(
    ' ',
  ),
);
const allTypes: readonly string[] = ['null', 'boolean', 'object', 'array', 'number', 'string'];

/** Where and why some value that `narrow` accepts may not be accepted by `wide`; `undefined`: all are. */
function notIncluded(wide: JsonSchema, narrow: JsonSchema, path: string): string | undefined {
  if (wide === true || narrow === false || isDeepStrictEqual(wide, narrow)) return undefined;
  if (wide === false) return `${path}: nothing is accepted any more`;
  const pair: Pair = { wide, narrow: narrow === true ? {} : narrow, path };
  const values = valuesOf(pair.narrow);
  if (values !== undefined) return valueNotAccepted(pair, values);
  return (
    undecidable(pair) ??
    typeNotIncluded(pair) ??
    valueSetNotIncluded(pair) ??
    boundNotIncluded(pair) ??
    objectNotIncluded(pair) ??
    itemsNotIncluded(pair)
  );
}

/** The values that a schema allows at most, where it lists them. */
function valuesOf(schema: Keywords): readonly unknown[] | undefined {
  if ('const' in schema) return [schema['const']];
  return Array.isArray(schema['enum']) ? schema['enum'] : undefined;
}

function valueNotAccepted({ wide, narrow, path }: Pair, values: readonly unknown[]): string | undefined {
  const accepts = compileSchema(wide);
  const isAllowed = compileSchema(narrow);
  const refused = values.find((value) => isAllowed(value) === undefined && accepts(value) !== undefined);
  return refused === undefined ? undefined : `${path}: ${JSON.stringify(refused)} is refused`;
}

function undecidable({ wide, narrow, path }: Pair): string | undefined {
  for (const [keyword, value] of Object.entries(wide)) {
    if (annotations.has(keyword) || decided.has(keyword) || keyword === '$defs') continue;
    // The same condition on both sides holds, unless it refers to something that may differ.
    const isSame = isDeepStrictEqual(value, narrow[keyword]) && !JSON.stringify({ [keyword]: value }).includes('"$');
    const dependsOnOthers = keyword.startsWith('unevaluated') || keyword === 'patternProperties';
    if (!isSame || dependsOnOthers)
      return `${path}.${keyword}: it cannot be decided whether this keyword is compatible`;
  }
  return undefined;
}

function typesOf(schema: Keywords): readonly string[] {
  const type = schema['type'];
  if (type === undefined) return allTypes;
  return Array.isArray(type) ? (type as string[]) : [type as string];
}

function typeNotIncluded({ wide, narrow, path }: Pair): string | undefined {
  const accepted = typesOf(wide);
  const lost = typesOf(narrow).filter(
    (type) => !accepted.includes(type) && !(type === 'integer' && accepted.includes('number')),
  );
  return lost.length === 0 ? undefined : `${path}.type: ${lost.join(', ')} is refused`;
}

function valueSetNotIncluded({ wide, narrow, path }: Pair): string | undefined {
  const values = valuesOf(wide);
  if (values === undefined) return undefined;
  const types = typesOf(narrow);
  const isAll = types.every((type) => type === 'boolean' || type === 'null') && coversAll(values, types);
  return isAll ? undefined : `${path}.enum: values that are not listed are refused`;
}

function coversAll(values: readonly unknown[], types: readonly string[]): boolean {
  const wanted = [...(types.includes('boolean') ? [true, false] : []), ...(types.includes('null') ? [null] : [])];
  return wanted.every((value) => values.includes(value));
}

const lowerBounds: Readonly<Record<string, readonly string[]>> = {
  string: ['minLength'],
  array: ['minItems'],
  object: ['minProperties'],
};
const upperBounds: Readonly<Record<string, readonly string[]>> = {
  string: ['maxLength'],
  array: ['maxItems'],
  object: ['maxProperties'],
};

function boundNotIncluded(pair: Pair): string | undefined {
  const { wide, narrow, path } = pair;
  const types = typesOf(narrow);
  for (const type of types) {
    for (const keyword of lowerBounds[type] ?? []) {
      if (numberAt(wide, keyword, 0) > numberAt(narrow, keyword, 0)) return `${path}.${keyword}: it was raised`;
    }
    for (const keyword of upperBounds[type] ?? []) {
      if (numberAt(wide, keyword, Infinity) < numberAt(narrow, keyword, Infinity)) {
        return `${path}.${keyword}: it was lowered`;
      }
    }
  }
  return types.includes('number') || types.includes('integer') ? rangeNotIncluded(pair) : undefined;
}

function rangeNotIncluded({ wide, narrow, path }: Pair): string | undefined {
  for (const [keyword, strict, sign] of [
    ['minimum', 'exclusiveMinimum', 1],
    ['maximum', 'exclusiveMaximum', -1],
  ] as const) {
    const limit = (schema: Keywords, key: string): number => numberAt(schema, key, -sign * Infinity) * sign;
    const inner = Math.max(limit(narrow, keyword), limit(narrow, strict));
    if (limit(wide, keyword) > inner) return `${path}.${keyword}: values beyond it are refused`;
    const isStrict = limit(narrow, strict) >= limit(narrow, keyword);
    const outer = limit(wide, strict);
    if (outer > inner || (outer === inner && outer !== -Infinity && !isStrict)) {
      return `${path}.${strict}: values beyond it are refused`;
    }
  }
  return undefined;
}

function numberAt(schema: Keywords, keyword: string, otherwise: number): number {
  const value = schema[keyword];
  return typeof value === 'number' ? value : otherwise;
}

/** The usual surprise: a field that a schema does not name may hold anything. */
const openObject =
  'one version takes any value there ("additionalProperties": false closes an object), the other does not';

function objectNotIncluded({ wide, narrow, path }: Pair): string | undefined {
  if (!typesOf(narrow).includes('object')) return undefined;
  const required = (narrow['required'] ?? []) as readonly string[];
  const missing = ((wide['required'] ?? []) as readonly string[]).find((name) => !required.includes(name));
  if (missing !== undefined) return `${path}.${missing}: it is required`;
  const [inWide, inNarrow] = [propertiesOf(wide), propertiesOf(narrow)];
  // What `narrow` says of names by pattern narrows further: to leave it out is on the safe side.
  for (const name of new Set([...inWide.keys(), ...inNarrow.keys()])) {
    const at = `${path}.${name}`;
    const inner = inNarrow.get(name) ?? additional(narrow);
    const problem = notIncluded(inWide.get(name) ?? additional(wide), inner, at);
    if (problem) return inner === true ? `${at}: ${openObject}` : problem;
  }
  return notIncluded(additional(wide), additional(narrow), `${path}.*`);
}

function itemsNotIncluded({ wide, narrow, path }: Pair): string | undefined {
  if (!typesOf(narrow).includes('array')) return undefined;
  return notIncluded((wide['items'] ?? true) as JsonSchema, (narrow['items'] ?? true) as JsonSchema, `${path}[]`);
}

function propertiesOf(schema: Keywords): Map<string, JsonSchema> {
  return new Map(Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>));
}

function additional(schema: Keywords): JsonSchema {
  return (schema['additionalProperties'] ?? true) as JsonSchema;
}
