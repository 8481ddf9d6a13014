/**
 * Evaluates arithmetic: `+ - * / % ^`, parentheses, and `sum`, `average`, `min`, `max`, `round`, `abs`, `sqrt`.
 * Throws an error that names the position of what it cannot read; nothing but numbers is ever evaluated.
 */
export function calculate(expression: string): number {
  if (expression.length > 10_000) throw new Error('the expression is longer than 10,000 characters');
  const parser = new Parser(expression);
  const value = parser.sum();
  parser.end();
  if (!Number.isFinite(value)) throw new Error('the result is not a finite number');
  return value;
}

const functions: Readonly<Record<string, (values: readonly number[]) => number>> = {
  sum: (values) => values.reduce((total, value) => total + value, 0),
  average: (values) => values.reduce((total, value) => total + value, 0) / values.length,
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
  round: ([value = Number.NaN, digits = 0]) => Number(value.toFixed(Math.min(Math.max(Math.trunc(digits), 0), 10))),
  abs: ([value = Number.NaN]) => Math.abs(value),
  sqrt: ([value = Number.NaN]) => Math.sqrt(value),
};

class Parser {
  readonly #text: string;
  #position = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  sum(): number {
    let value = this.#product();
    for (;;) {
      if (this.#take('+')) value += this.#product();
      else if (this.#take('-')) value -= this.#product();
      else return value;
    }
  }

  end(): void {
    this.#skipSpace();
    if (this.#position < this.#text.length) throw this.#unexpected();
  }

  #product(): number {
    let value = this.#signed();
    for (;;) {
      if (this.#take('*')) value *= this.#signed();
      else if (this.#take('/')) value /= this.#signed();
      else if (this.#take('%')) value %= this.#signed();
      else return value;
    }
  }

  #signed(): number {
    return this.#nested(() => {
      if (this.#take('-')) return -this.#signed();
      if (this.#take('+')) return this.#signed();
      const base = this.#atom();
      return this.#take('^') ? base ** this.#signed() : base;
    });
  }

  #atom(): number {
    if (this.#take('(')) {
      const value = this.sum();
      this.#expect(')');
      return value;
    }
    const number = this.#match(/(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?/iy);
    if (number !== undefined) return Number(number);
    const name = this.#match(/[a-z]+/iy)?.toLowerCase();
    if (name === undefined) throw this.#unexpected();
    if (!Object.hasOwn(functions, name)) throw new Error(`unknown function "${name}"`);
    return functions[name]!(this.#values());
  }

  #values(): number[] {
    this.#expect('(');
    const values = [this.sum()];
    while (this.#take(',')) values.push(this.sum());
    this.#expect(')');
    return values;
  }

  #nested(read: () => number): number {
    if (++this.#depth > 100) throw new Error('the expression is nested too deeply');
    const value = read();
    this.#depth--;
    return value;
  }

  #take(symbol: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#position] !== symbol) return false;
    this.#position++;
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#take(symbol)) throw this.#unexpected(symbol);
  }

  #match(pattern: RegExp): string | undefined {
    this.#skipSpace();
    pattern.lastIndex = this.#position;
    const match = pattern.exec(this.#text)?.[0];
    this.#position += match?.length ?? 0;
    return match;
  }

  #skipSpace(): void {
    while (/\s/.test(this.#text[this.#position] ?? '')) this.#position++;
  }

  #unexpected(wanted?: string): Error {
    const found = this.#text[this.#position];
    const expected = wanted === undefined ? '' : `, expected "${wanted}"`;
    return new Error(`unexpected ${found === undefined ? 'end' : `"${found}"`} at ${this.#position + 1}${expected}`);
  }
}
