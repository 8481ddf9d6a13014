import { stripVTControlCharacters } from 'node:util';
import type { OutputStream } from '@alex/service';

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
const clearToEnd = '\u001b[J';
const clearLine = '\u001b[K';
const clearScreen = '\u001b[2J\u001b[H';

/**
 * Paints lines in place at the end of a terminal's text, again and again. Lines are cut to the width, what does not
 * fit the height is left out, and the cursor comes back on `close` and when the process ends in any other way.
 */
export class Screen {
  readonly #stream: OutputStream;
  readonly #restore = (): void => this.close();
  #painted = 0;
  #open = true;

  constructor(stream: OutputStream) {
    this.#stream = stream;
    stream.write(hideCursor);
    process.once('exit', this.#restore);
  }

  /** Replaces what was painted before. */
  paint(lines: readonly string[]): void {
    if (!this.#open) return;
    const columns = this.#stream.columns ?? 80;
    const shown = lines.slice(0, Math.max((this.#stream.rows ?? 24) - 1, 1)).map((line) => fit(line, columns - 1));
    this.#stream.write(`${this.#home()}${shown.map((line) => `${line}${clearLine}\n`).join('')}${clearToEnd}`);
    this.#painted = shown.length;
  }

  /** Clears the terminal: after a resize nobody knows where wrapped lines have gone. */
  reset(): void {
    if (!this.#open) return;
    this.#stream.write(clearScreen);
    this.#painted = 0;
  }

  /** Leaves the last picture and gives the cursor back. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    process.off('exit', this.#restore);
    this.#stream.write(showCursor);
  }

  #home(): string {
    return this.#painted === 0 ? '\r' : `\r\u001b[${this.#painted}A`;
  }
}

/** Cuts a line to a number of visible characters; colours are kept and closed. */
export function fit(line: string, width: number): string {
  if (stripVTControlCharacters(line).length <= width) return line;
  let visible = 0;
  let text = '';
  for (const [part] of line.matchAll(/\u001b\[[0-9;]*m|./gu)) {
    if (part.startsWith('\u001b')) text += part;
    else if (visible < width) {
      text += part;
      visible++;
    }
  }
  return text;
}
