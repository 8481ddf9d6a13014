import { isDeepStrictEqual } from 'node:util';
import { compileSchema, type JsonSchema } from './json-schema.ts';

/** Which payloads a new version has to accept, in the words of schema registries. */
export type Compatibility = 'NONE' | 'BACKWARD' | 'FORWARD' | 'FULL';

export const compatibilities: readonly Compatibility[] = ['NONE', 'BACKWARD', 'FORWARD', 'FULL'];

type Keywords = Readonly<Record<string, unknown>>;

/** Whether two values mean the same, each in its own schema. */
type Same = (left: unknown, right: unknown) => boolean;

interface Pair<Schema = Keywords> {
  /** Has to accept all that `narrow` accepts. */
  readonly wide: Schema;
  readonly narrow: Schema;
  readonly path: string;
  readonly same: Same;
}

/** Why a new schema is not compatible with the latest one, with the path; `undefined`: it is. */
export function incompatibility(latest: JsonSchema, next: JsonSchema, mode: Compatibility): string | undefined {
  if (isDeepStrictEqual(latest, next)) return undefined;
  const root = { path: '$', same: sameness(latest, next) };
  const backward =
    mode === 'BACKWARD' || mode === 'FULL' ? notIncluded({ wide: next, narrow: latest, ...root }) : undefined;
  if (backward) return `not backward compatible at ${backward}`;
  const forward =
    mode === 'FORWARD' || mode === 'FULL' ? notIncluded({ wide: latest, narrow: next, ...root }) : undefined;
  return forward && `not forward compatible at ${forward}`;
}

const annotations: ReadonlySet<string> = new Set(
  '$schema $id $comment title description default examples deprecated readOnly writeOnly'.split(' '),
);
const decided: ReadonlySet<string> = new Set(
  'type nullable enum const required properties additionalProperties items minimum maximum exclusiveMinimum exclusiveMaximum minLength maxLength minItems maxItems minProperties maxProperties'.split(
    ' ',
  ),
);
const allTypes: readonly string[] = ['null', 'boolean', 'object', 'array', 'number', 'string'];

/** Where and why some value that `narrow` accepts may not be accepted by `wide`; `undefined`: all are. */
function notIncluded({ wide, narrow, path, same }: Pair<JsonSchema>): string | undefined {
  if (wide === true || narrow === false || same(wide, narrow)) return undefined;
  if (wide === false) return `${path}: nothing is accepted any more`;
  const pair: Pair = { wide, narrow: narrow === true ? {} : narrow, path, same };
  const values = valuesOf(pair.narrow);
  // A part that refers to another one cannot be asked alone.
  if (values !== undefined && !refers(wide) && !refers(narrow)) return valueNotAccepted(pair, values);
  return (
    undecidable(pair) ??
    typeNotIncluded(pair) ??
    valueSetNotIncluded(pair) ??
    boundNotIncluded(pair) ??
    objectNotIncluded(pair) ??
    itemsNotIncluded(pair)
  );
}

/** Parts are the same when they are equal and refer to nothing, or to definitions that are equal, too. */
function sameness(latest: JsonSchema, next: JsonSchema): Same {
  const areDefinitionsEqual =
    [latest, next].every(refersToDefinitionsOnly) && isDeepStrictEqual(definitionsOf(latest), definitionsOf(next));
  return (left, right) => isDeepStrictEqual(left, right) && (areDefinitionsEqual || !refers(left));
}

function refers(part: unknown): boolean {
  return /"\$(?:ref|dynamicRef|recursiveRef)":/.test(JSON.stringify(part));
}

function refersToDefinitionsOnly(schema: JsonSchema): boolean {
  // Another base, an anchor, or a place beside the definitions.
  const other = /"\$(?:id|anchor|dynamic\w+|recursive\w+)":|"\$ref":"(?!#\/\$defs\/)/;
  return typeof schema === 'boolean' || !other.test(JSON.stringify({ ...schema, $id: undefined }));
}

function definitionsOf(schema: JsonSchema): unknown {
  return typeof schema === 'boolean' ? undefined : schema['$defs'];
}

/** The values that a schema allows at most, where it lists them. */
function valuesOf(schema: Keywords): readonly unknown[] | undefined {
  if ('const' in schema) return [schema['const']];
  return Array.isArray(schema['enum']) ? schema['enum'] : undefined;
}

function valueNotAccepted({ wide, narrow, path }: Pair, values: readonly unknown[]): string | undefined {
  const accepts = acceptanceOf(wide);
  const isAllowed = acceptanceOf(narrow);
  const refused = values.find((value) => isAllowed(value) && !accepts(value));
  return refused === undefined ? undefined : `${path}: ${JSON.stringify(refused)} is refused`;
}

/** Whether a schema accepts a value. One that says no more than types and values is not compiled, which takes long. */
function acceptanceOf(schema: Keywords): (value: unknown) => boolean {
  if (Object.keys(schema).some((keyword) => !annotations.has(keyword) && !ofValues.has(keyword))) {
    const check = compileSchema(schema);
    return (value) => check(value) === undefined;
  }
  const types = typesOf(schema);
  const isListed = [valuesOf(schema), schema['enum'] as readonly unknown[] | undefined].map(membership);
  return (value) => types.some((type) => isOfType(value, type)) && isListed.every((isIn) => isIn(value));
}

const ofValues: ReadonlySet<string> = new Set(['type', 'nullable', 'enum', 'const']);

function membership(values: readonly unknown[] | undefined): (value: unknown) => boolean {
  if (values === undefined) return () => true;
  const plain = new Set(values);
  const objects = values.filter((one) => typeof one === 'object');
  return (value) =>
    plain.has(value) || (typeof value === 'object' && objects.some((one) => isDeepStrictEqual(one, value)));
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'null') return value === null;
  if (type === 'array') return Array.isArray(value);
  return typeof value === type && value !== null && !Array.isArray(value);
}

function undecidable({ wide, narrow, path, same }: Pair): string | undefined {
  const isSame = (keyword: string): boolean => same({ [keyword]: wide[keyword] }, { [keyword]: narrow[keyword] });
  for (const keyword of Object.keys(wide)) {
    if (annotations.has(keyword) || decided.has(keyword) || keyword === '$defs') continue;
    // The same condition on both sides holds, unless what it says depends on a keyword beside it.
    const dependsOnOthers =
      keyword.startsWith('unevaluated') ||
      keyword === 'patternProperties' ||
      (keyword === 'contains' && !isSame('minContains'));
    if (!isSame(keyword) || dependsOnOthers) {
      return `${path}.${keyword}: it cannot be decided whether this keyword is compatible`;
    }
  }
  return undefined;
}

function typesOf(schema: Keywords): readonly string[] {
  const type = schema['type'] as string | readonly string[] | undefined;
  if (type === undefined) return allTypes;
  const types = typeof type === 'string' ? [type] : type;
  return schema['nullable'] === true ? [...types, 'null'] : types;
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

function objectNotIncluded({ wide, narrow, path, same }: Pair): string | undefined {
  if (!typesOf(narrow).includes('object')) return undefined;
  const required = (narrow['required'] ?? []) as readonly string[];
  const missing = ((wide['required'] ?? []) as readonly string[]).find((name) => !required.includes(name));
  if (missing !== undefined) return `${path}.${missing}: it is required`;
  const [inWide, inNarrow] = [propertiesOf(wide), propertiesOf(narrow)];
  for (const name of new Set([...inWide.keys(), ...inNarrow.keys()])) {
    const at = `${path}.${name}`;
    const known = inNarrow.get(name);
    const accepted = inWide.get(name) ?? additional(wide);
    for (const inner of known === undefined ? otherProperties(narrow).values() : [known]) {
      const problem = notIncluded({ wide: accepted, narrow: inner, path: at, same });
      if (problem) return inner === true ? `${at}: ${openObject}` : problem;
    }
  }
  for (const [name, inner] of otherProperties(narrow)) {
    const problem = notIncluded({ wide: additional(wide), narrow: inner, path: `${path}.${name}`, same });
    if (problem) return problem;
  }
  return undefined;
}

function itemsNotIncluded({ wide, narrow, path, same }: Pair): string | undefined {
  if (!typesOf(narrow).includes('array')) return undefined;
  // What `wide` says of first items, `narrow` says, too.
  const first = 'prefixItems' in wide ? [] : ((narrow['prefixItems'] ?? []) as readonly JsonSchema[]);
  for (const [index, one] of first.entries()) {
    const problem = notIncluded({ wide: itemsOf(wide), narrow: one, path: `${path}[${index}]`, same });
    if (problem) return problem;
  }
  return notIncluded({ wide: itemsOf(wide), narrow: itemsOf(narrow), path: `${path}[]`, same });
}

function itemsOf(schema: Keywords): JsonSchema {
  return (schema['items'] ?? true) as JsonSchema;
}

function propertiesOf(schema: Keywords): Map<string, JsonSchema> {
  return new Map(Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>));
}

function additional(schema: Keywords): JsonSchema {
  return (schema['additionalProperties'] ?? true) as JsonSchema;
}

/** What a property without a name of its own may be: one by a pattern, or an additional one. */
function otherProperties(schema: Keywords): Map<string, JsonSchema> {
  const byPattern = (schema['patternProperties'] ?? {}) as Record<string, JsonSchema>;
  return new Map([...Object.entries(byPattern), ['*', additional(schema)]]);
}
