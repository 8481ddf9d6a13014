import { OpenMetricsSyntaxError } from './parse-error.ts';

const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isLetter = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
const COLON = 58;
const UNDERSCORE = 95;
const shownCharacters = 40;

/** Shortens what an error message quotes. */
export function quote(text: string): string {
  return JSON.stringify(text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text);
}

/** A position in one line of an exposition. Every method is linear in what it consumes and throws `OpenMetricsSyntaxError`. */
export class Cursor {
  readonly text: string;
  readonly line: number;
  position = 0;

  constructor(text: string, line: number) {
    this.text = text;
    this.line = line;
  }

  get atEnd(): boolean {
    return this.position >= this.text.length;
  }

  fail(reason: string, position: number = this.position): never {
    throw new OpenMetricsSyntaxError(reason, this.line, position + 1);
  }

  startsWith(text: string): boolean {
    return this.text.startsWith(text, this.position);
  }

  /** Consumes `text` if it stands here. */
  take(text: string): boolean {
    if (!this.startsWith(text)) return false;
    this.position += text.length;
    return true;
  }

  expect(text: string, what: string): void {
    if (!this.take(text)) this.fail(`expected ${what}, found ${this.atEnd ? 'the end of the line' : this.#shown()}`);
  }

  expectEnd(): void {
    if (this.atEnd) return;
    if (this.text.endsWith('\r')) this.fail('lines end in LF, not in CR LF', this.text.length - 1);
    this.fail(`expected the end of the line, found ${this.#shown()}`);
  }

  /** Consumes spaces and tabs, which only Prometheus text allows in any number. */
  skipBlanks(): void {
    while (this.startsWith(' ') || this.startsWith('\t')) this.position++;
  }

  /** Everything up to the next blank, or up to the end. */
  word(): string {
    const start = this.position;
    while (!this.atEnd && !this.startsWith(' ') && !this.startsWith('\t')) this.position++;
    return this.text.slice(start, this.position);
  }

  /** A metric name (`colons`) or label name in the unquoted alphabet; empty when none stands here. */
  name(colons: boolean): string {
    const start = this.position;
    for (; this.position < this.text.length; this.position++) {
      const code = this.text.charCodeAt(this.position);
      const allowed =
        isLetter(code) || code === UNDERSCORE || (colons && code === COLON) || (isDigit(code) && this.position > start);
      if (!allowed) break;
    }
    return this.text.slice(start, this.position);
  }

  /** A string in double quotes, with the escapes resolved; an unknown escape stands for itself. */
  quoted(): string {
    const start = this.position;
    this.expect('"', 'a double quote');
    let value = '';
    let chunk = this.position;
    for (; this.position < this.text.length; this.position++) {
      const character = this.text[this.position];
      if (character === '"') {
        value += this.text.slice(chunk, this.position++);
        return value;
      }
      if (character === '\\') {
        value += this.text.slice(chunk, this.position) + this.#escape();
        chunk = this.position + 1;
      }
    }
    return this.fail('the string is not closed by a double quote', start);
  }

  /** The rest of the line as HELP text; `strict` rejects an unescaped double quote. */
  helpText(strict: boolean): string {
    let value = '';
    let chunk = this.position;
    for (; this.position < this.text.length; this.position++) {
      const character = this.text[this.position];
      if (character === '"' && strict) this.fail('a double quote in HELP text is written \\"');
      if (character === '\\') {
        const start = this.position;
        const resolved = this.#escape();
        if (!strict && resolved === '"') continue;
        value += this.text.slice(chunk, start) + resolved;
        chunk = this.position + 1;
      }
    }
    return value + this.text.slice(chunk);
  }

  /** A finite number in decimal notation. */
  realNumber(what: string): number {
    const start = this.position;
    if (!this.take('+')) this.take('-');
    let digits = this.#digits();
    if (this.take('.')) digits += this.#digits();
    if (digits > 0 && (this.startsWith('e') || this.startsWith('E'))) {
      this.position++;
      if (!this.take('+')) this.take('-');
      if (this.#digits() === 0) digits = 0;
    }
    if (digits === 0) {
      this.position = start;
      this.fail(`expected ${what}, found ${this.atEnd ? 'the end of the line' : this.#shown()}`);
    }
    return Number(this.text.slice(start, this.position));
  }

  /** A number, NaN and the infinities included. */
  number(what: string): number {
    const start = this.position;
    const sign = this.take('-') ? -1 : this.take('+') ? 1 : 0;
    const word = this.text.slice(this.position, this.position + 8).toLowerCase();
    if (sign === 0 && word.startsWith('nan')) return this.#skip(3, Number.NaN);
    if (word === 'infinity') return this.#skip(8, sign < 0 ? -Infinity : Infinity);
    if (word.startsWith('inf')) return this.#skip(3, sign < 0 ? -Infinity : Infinity);
    this.position = start;
    return this.realNumber(what);
  }

  #skip(length: number, value: number): number {
    this.position += length;
    return value;
  }

  #digits(): number {
    const start = this.position;
    while (isDigit(this.text.charCodeAt(this.position))) this.position++;
    return this.position - start;
  }

  /** Resolves the escape that starts here and stays on its last character. */
  #escape(): string {
    const next = this.text[this.position + 1];
    if (next === undefined) this.fail('a backslash at the end of the line escapes nothing');
    this.position++;
    if (next === 'n') return '\n';
    return next === '"' || next === '\\' ? next : `\\${next}`;
  }

  #shown(): string {
    return quote(this.text.slice(this.position, this.position + shownCharacters + 1));
  }
}
