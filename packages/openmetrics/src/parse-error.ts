/** Why a text is no valid exposition, and where: `line` and `column` count from 1, columns in UTF-16 units. */
export class OpenMetricsSyntaxError extends Error {
  readonly line: number;
  readonly column: number;
  /** What is wrong in plain words, without the position. */
  readonly reason: string;

  constructor(reason: string, line: number, column: number) {
    super(`line ${line}, column ${column}: ${reason}`);
    this.name = 'OpenMetricsSyntaxError';
    this.reason = reason;
    this.line = line;
    this.column = column;
  }
}
