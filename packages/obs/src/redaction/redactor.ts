import { isError } from '../errors.ts';
import { type KeyKind, keyClassifier } from './keys.ts';
import { hidden, hideSecrets, isSuspicious } from './text.ts';

export interface RedactorOptions {
  /** Characters that are left of a text, a marker not counted. Default 2000. */
  readonly maximumLength?: number;
}

/** Hides secrets by the names of keys and by the look of texts. Every method is total and changes nothing it is given. */
export interface Redactor {
  /**
   * A copy that is safe to be shown and to be written as JSON: plain, without cycles, at most 8 levels and 2000 entries.
   * `key` is the name that the value stands under.
   */
  redact(value: unknown, key?: string): unknown;
  /** The text without its secrets, truncated with a marker. Takes linear time, and no more for a text of any size. */
  redactText(text: string, key?: string): string;
}

const maximumDepth = 8;
const maximumEntries = 2000;
/** So much is looked at behind the end, so that a secret that is cut in two is known as one. */
const margin = 512;

export function createRedactor({ maximumLength = 2000 }: RedactorOptions = {}): Redactor {
  const kindOf = keyClassifier();
  return {
    redact(value, key) {
      const kind = key === undefined ? 'plain' : kindOf(key);
      try {
        return copy(value, kind, { depth: 0, entries: 0, above: [] });
      } catch {
        return '[unreadable]';
      }
    },
    redactText: (text, key) => {
      const kind = key === undefined ? 'plain' : kindOf(key);
      return kind === 'secret' ? hidden : redactText(text, kind === 'id');
    },
  };

  function redactText(text: string, isId: boolean): string {
    if (text.length <= maximumLength) return isSuspicious(text) ? hideSecrets(text, isId) : text;
    const part = hideSecrets(text.slice(0, maximumLength + margin), isId);
    return `${part.slice(0, maximumLength)}...[truncated, ${text.length} characters]`;
  }

  function copy(value: unknown, kind: KeyKind, walk: Walk): unknown {
    if (value === undefined || value === null) return value;
    if (kind === 'secret') return hidden;
    switch (typeof value) {
      case 'string':
        return redactText(value, kind === 'id');
      case 'number':
      case 'boolean':
        return value;
      case 'bigint':
        return `${value}`;
      case 'symbol':
        return redactText(String(value), false);
      case 'function':
        return '[Function]';
      default:
        return copyObject(value as object, kind, walk);
    }
  }

  function copyObject(object: object, kind: KeyKind, walk: Walk): unknown {
    if (walk.above.includes(object)) return '[Circular]';
    walk.above.push(object);
    walk.depth++;
    try {
      return copyContent(object, kind, walk);
    } catch {
      return '[unreadable]';
    } finally {
      walk.above.pop();
      walk.depth--;
    }
  }

  function copyContent(object: object, kind: KeyKind, walk: Walk): unknown {
    if (walk.depth > maximumDepth) return Array.isArray(object) ? '[Array]' : '[Object]';
    if (ArrayBuffer.isView(object) || object instanceof ArrayBuffer) return `[${object.byteLength} bytes]`;
    if (Array.isArray(object)) return copyList(object, kind, walk);
    if (object instanceof Set) return copyList(object, kind, walk);
    if (object instanceof Map) return copyEntries(object, walk, {});
    if (isError(object)) return copyError(object, walk);
    const { toJSON } = object as { toJSON?: unknown };
    if (typeof toJSON === 'function') return copy(toJSON.call(object, ''), kind, walk);
    if (object instanceof RegExp || object instanceof URLSearchParams) return redactText(String(object), false);
    return copyEntries(properties(object), walk, {});
  }

  function copyList(items: Iterable<unknown>, kind: KeyKind, walk: Walk): unknown[] {
    const result: unknown[] = [];
    for (const item of items) {
      if (++walk.entries > maximumEntries) {
        result.push('[more]');
        break;
      }
      result.push(copy(item, kind, walk));
    }
    return result;
  }

  function copyEntries(
    entries: Iterable<readonly [unknown, unknown]>,
    walk: Walk,
    result: Record<string, unknown>,
  ): Record<string, unknown> {
    for (const [key, value] of entries) {
      const full = ++walk.entries > maximumEntries;
      const name = typeof key === 'string' ? key : String(copy(key, 'plain', walk));
      const shown = full ? '...' : redactText(name, false);
      const content = full ? '[more]' : copy(value, kindOf(name), walk);
      if (shown === '__proto__') Object.defineProperty(result, shown, { value: content, enumerable: true });
      else result[shown] = content;
      if (full) break;
    }
    return result;
  }

  function copyError(error: Error, walk: Walk): unknown {
    const { name, message, stack, cause } = error;
    const result: Record<string, unknown> = {
      name: copy(name, 'plain', walk),
      message: copy(message, 'plain', walk),
      stack: copy(stack, 'plain', walk),
    };
    if (cause !== undefined) result['cause'] = copy(cause, 'plain', walk);
    if (error instanceof AggregateError) result['errors'] = copy(error.errors, 'plain', walk);
    return copyEntries(properties(error, ['name', 'message', 'stack', 'cause']), walk, result);
  }
}

interface Walk {
  depth: number;
  entries: number;
  /** The objects that the present one is inside of. */
  readonly above: object[];
}

/** Own enumerable properties; one whose getter throws says so. */
function* properties(object: object, except: readonly string[] = []): Iterable<readonly [string, unknown]> {
  for (const key of Object.keys(object)) {
    if (except.includes(key)) continue;
    let value: unknown;
    try {
      value = (object as Record<string, unknown>)[key];
    } catch {
      value = '[unreadable]';
    }
    yield [key, value];
  }
}
