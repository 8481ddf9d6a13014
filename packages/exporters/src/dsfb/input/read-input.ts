import { isJson } from '../../is-json.ts';
import { longestLine, readLines } from './lines.ts';
import { type InputRecord, readRecords } from './records.ts';

/** A record with the line that it stands on; of a JSON document that is the line where the document begins. */
export type PlacedRecord = { readonly line: number; readonly record: InputRecord | TooLong };

interface TooLong {
  readonly kind: 'fault';
  readonly reason: 'too_long';
  readonly message: string;
}

/** A JSON document that spans lines is read as a whole up to this many UTF-16 units. */
const longestDocument = 67_108_864;

/**
 * The records of a file or stream: NDJSON, or one JSON document over several lines. NDJSON is handed on line by line and
 * keeps no more than one line in memory.
 */
export async function* readInput(
  chunks: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>,
): AsyncGenerator<PlacedRecord, void, void> {
  let document: string[] | undefined;
  let size = 0;
  let begun = false;
  for await (const line of readLines(chunks, { document: longestDocument })) {
    if ('tooLong' in line) {
      begun = true;
      yield { line: line.number, record: tooLong(`the line is longer than ${longestLine} characters`) };
      continue;
    }
    const text = line.text.trim();
    if (text === '') continue;
    // A first line that opens a document and does not close it: the document goes on.
    if (!begun && isOpening(text)) document = [];
    begun = true;
    if (document === undefined) {
      for (const record of readRecords(text)) yield { line: line.number, record };
      continue;
    }
    size += text.length;
    if (size > longestDocument) {
      yield {
        line: 1,
        record: tooLong(`the document is longer than ${longestDocument} characters; use one record per line`),
      };
      return;
    }
    document.push(text);
  }
  if (document === undefined) return;
  for (const record of readRecords(document.join('\n'))) yield { line: 1, record };
}

/** Whether a first line is the beginning of a document rather than a record of its own. */
function isOpening(text: string): boolean {
  if (text === '{' || /^\{.*\[$/.test(text)) return true;
  return text.startsWith('[') && !isJson(text);
}

function tooLong(message: string): TooLong {
  return { kind: 'fault', reason: 'too_long', message };
}
