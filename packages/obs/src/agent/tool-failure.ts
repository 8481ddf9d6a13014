import { isObject } from '../context/guard.ts';
import { isError as isErrorObject } from '../errors.ts';

/**
 * Whether a tool's result says that it failed: as `isError` judges, else by `isError: true` (the Model Context Protocol)
 * or an `error` that says something. `reason` is what it says.
 */
export function toolFailure(
  result: unknown,
  isError?: ((result: unknown) => boolean) | undefined,
): { readonly reason: unknown } | undefined {
  if (isError !== undefined) return isError(result) === true ? { reason: reasonOf(result) } : undefined;
  if (!isObject(result)) return undefined;
  if (result['isError'] === true || saysSomething(result['error'])) return { reason: reasonOf(result) };
  return undefined;
}

function saysSomething(error: unknown): boolean {
  if (!error) return false;
  if (Array.isArray(error)) return error.length > 0;
  if (typeof error !== 'object' || isErrorObject(error)) return true;
  return Object.keys(error).length > 0;
}

function reasonOf(result: unknown): unknown {
  if (!isObject(result)) return result;
  const { content, error } = result;
  if (saysSomething(error)) return error;
  const first: unknown = Array.isArray(content) ? content[0] : content;
  return isObject(first) ? first['text'] : first;
}
