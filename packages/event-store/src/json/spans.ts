/** Where a value stands in a text: from `start` up to `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const quote = 34;
const backslash = 92;

/**
 * The spans of the values of an object's keys, read from text that `JSON.parse` has accepted; of a key that is there
 * twice the last one, as `JSON.parse` has it. `at` is the position of the object or of white space before it.
 */
export function objectSpans(text: string, at = 0): Map<string, Span> {
  const spans = new Map<string, Span>();
  let position = skipSpace(text, skipSpace(text, at) + 1);
  while (text.charCodeAt(position) === quote) {
    const keyEnd = skipString(text, position);
    const key = text.slice(position + 1, keyEnd - 1);
    const start = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = skipValue(text, start);
    spans.set(key.includes('\\') ? (JSON.parse(`"${key}"`) as string) : key, { start, end });
    position = skipSpace(text, end);
    if (text.charCodeAt(position) !== 44) break;
    position = skipSpace(text, position + 1);
  }
  return spans;
}

/** The spans of the elements of an array, under the same conditions. */
export function arraySpans(text: string, at = 0): Span[] {
  const spans: Span[] = [];
  let position = skipSpace(text, skipSpace(text, at) + 1);
  while (position < text.length && text.charCodeAt(position) !== 93) {
    const end = skipValue(text, position);
    spans.push({ start: position, end });
    position = skipSpace(text, end);
    if (text.charCodeAt(position) !== 44) break;
    position = skipSpace(text, position + 1);
  }
  return spans;
}

function skipSpace(text: string, at: number): number {
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return at;
    at++;
  }
}

/** `at` is the opening quote; gives the position after the closing one. */
function skipString(text: string, at: number): number {
  let end = text.indexOf('"', at + 1);
  for (;;) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === backslash) slashes++;
    if (slashes % 2 === 0) return end + 1;
    end = text.indexOf('"', end + 1);
  }
}

function skipValue(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (first === quote) return skipString(text, at);
  if (first !== 123 && first !== 91) {
    while (at < text.length && !isEnd(text.charCodeAt(at))) at++;
    return at;
  }
  let depth = 0;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = skipString(text, at);
      continue;
    }
    if (code === 123 || code === 91) depth++;
    else if (code === 125 || code === 93) depth--;
    at++;
    if (depth === 0) return at;
  }
}

/** Comma, brackets that close, white space. */
function isEnd(code: number): boolean {
  return code === 44 || code === 125 || code === 93 || code <= 32;
}
