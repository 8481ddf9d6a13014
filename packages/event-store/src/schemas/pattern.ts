import { RE2JS } from 're2js';

/** A regular expression that takes a time proportional to the text, whatever it says. */
export interface LinearPattern {
  readonly test: (text: string) => boolean;
}

const space = String.raw`\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}`;
const noSpace = String.raw`\x{0}-\x{8}\x{e}-\x{1f}!-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}\x{202a}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{fefe}\x{ff00}-\x{10ffff}`;

/**
 * Compiles a regular expression of JavaScript (with the flag `u`) for RE2, which knows no look-around and no
 * references to groups. Throws SyntaxError, or an Error where RE2 cannot do it.
 */
export function linearPattern(source: string): LinearPattern {
  new RegExp(source, 'u');
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(RE2JS.translateRegExp(withSameClasses(source)));
  } catch (error) {
    throw new Error(`pattern ${JSON.stringify(source)} cannot be matched in linear time: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return { test: (text) => compiled.test(text) };
}

/** White space, the dot and the bracket inside of brackets mean more, less and something else in RE2. */
function withSameClasses(source: string): string {
  let isClass = false;
  return source.replaceAll(/\\.|[[\].]/gs, (token) => {
    if (token === ']') isClass = false;
    if (token === '\\s') return isClass ? space : `[${space}]`;
    if (token === '\\S') return isClass ? noSpace : `[^${space}]`;
    if (token === '\\b' && isClass) return '\\x08';
    if (token === '.' && !isClass) return '[^\\n\\r\\x{2028}\\x{2029}]';
    if (token === '[' && isClass) return '\\[';
    if (token === '[') isClass = true;
    return token;
  });
}
