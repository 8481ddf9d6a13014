import { StringDecoder } from 'node:string_decoder';

/** One line of a stream, or the news that there was one longer than allowed. */
export type Line =
  | { readonly number: number; readonly text: string }
  | { readonly number: number; readonly tooLong: true };

/** The longest line that is read, in UTF-16 units. */
export const longestLine = 1_048_576;

export interface LineLimits {
  /** Longest line. Default 1 Mi. */
  readonly line?: number;
  /** Longest first line where that begins with `[`: a whole document on one line. Default as `line`. */
  readonly document?: number;
}

/** The lines of a stream of bytes. A line beyond its limit is skipped without being kept. */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>,
  { line: lineLimit = longestLine, document: documentLimit = lineLimit }: LineLimits = {},
): AsyncGenerator<Line, void, void> {
  const decoder = new StringDecoder('utf8');
  const line = new PendingLine();
  for await (const chunk of chunks) {
    const parts = (typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk))).split('\n');
    for (const [index, part] of parts.entries()) {
      if (line.isEmpty) line.limit = line.number === 1 && part.startsWith('[') ? documentLimit : lineLimit;
      line.add(part);
      if (index < parts.length - 1) yield line.end();
    }
  }
  if (!line.isEmpty) yield line.end();
}

class PendingLine {
  number = 1;
  limit = 0;
  #text = '';
  #isTooLong = false;

  get isEmpty(): boolean {
    return this.#text === '' && !this.#isTooLong;
  }

  add(part: string): void {
    if (this.#isTooLong) return;
    this.#text += part;
    if (this.#text.length <= this.limit) return;
    this.#text = '';
    this.#isTooLong = true;
  }

  end(): Line {
    const { number } = this;
    const ended: Line = this.#isTooLong ? { number, tooLong: true } : { number, text: this.#text };
    this.number++;
    this.#text = '';
    this.#isTooLong = false;
    return ended;
  }
}
