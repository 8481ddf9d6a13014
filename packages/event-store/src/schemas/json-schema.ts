import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { StoreError } from '../errors.ts';
import { linearPattern } from './pattern.ts';

/** A JSON Schema of draft 2020-12. */
export type JsonSchema = boolean | Readonly<Record<string, unknown>>;

/** Checks a payload; what is wrong with it, or `undefined`. */
export type PayloadCheck = (payload: unknown) => string | undefined;

const mostSchemaBytes: number = 256 * 1024;

/** Compiles a schema. Throws StoreError `invalid` when it is none, or refers to something outside of itself. */
export function compileSchema(schema: unknown): PayloadCheck {
  if (typeof schema !== 'boolean' && (typeof schema !== 'object' || schema === null || Array.isArray(schema))) {
    throw new StoreError('invalid', 'a schema is a JSON object, true or false');
  }
  if (JSON.stringify(schema).length > mostSchemaBytes) {
    throw new StoreError('invalid', `a schema has at most ${mostSchemaBytes} bytes`);
  }
  // One compiler for each schema, so that two may have the same $id.
  const ajv = new Ajv2020({ strict: false, logger: false, code: { regExp: patternOfSchema } });
  addFormats.default(ajv);
  ajv.addFormat('url', isUrl);
  let validate: ValidateFunction;
  try {
    validate = ajv.compile(schema as object);
    // Its code is nested as deep as the schema has parts, and read when it first runs.
    validate(null);
  } catch (error) {
    const { message } = error as Error;
    const problem =
      error instanceof RangeError ? 'it has too many parts' : message.replace('schema is invalid: data/', '');
    throw new StoreError('invalid', `the schema is not valid: ${problem}`, { cause: error });
  }
  return (payload) => (validate(payload) ? undefined : ajv.errorsText(validate.errors, { dataVar: 'payload' }));
}

const patternOfSchema = (source: string) => ({ ...linearPattern(source), toString: () => source });
// Only a validator that is written to a file would name it.
patternOfSchema.code = 'patternOfSchema';

const longestUrl = 8192;
const url = addFormats.default.get('url') as RegExp;

/** The one format whose expression takes a time that grows with the square of the text. */
function isUrl(text: string): boolean {
  return text.length <= longestUrl && url.test(text);
}
