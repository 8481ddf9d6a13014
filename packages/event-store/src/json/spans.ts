/** Where the JSON of an event stands in a text, from each start up to its end. */
export interface EventSpans {
  /** -1: none. */
  payloadStart: number;
  payloadEnd: number;
  /** -1: none. */
  metadataStart: number;
  metadataEnd: number;
  /** How deep brackets are nested in payload and metadata. */
  levels: number;
}

const quote = 34;
const comma = 44;
const openBracket = 91;
const backslash = 92;
const closeBracket = 93;
const openBrace = 123;
const closeBrace = 125;

/** The spans of the event whose object a text is. The text is one that `JSON.parse` has accepted. */
export function eventSpans(json: string): EventSpans {
  const text = unitsOf(json);
  const spans: EventSpans = { payloadStart: -1, payloadEnd: 0, metadataStart: -1, metadataEnd: 0, levels: 0 };
  scanEvent(text, skipSpace(text, 0), spans);
  return spans;
}

/**
 * The spans of the events of a batch, `{"events": [...]}`, in order, under the same condition. Of a key that is there
 * twice the last one counts, as in `JSON.parse`.
 */
export function batchSpans(json: string): EventSpans[] {
  const text = unitsOf(json);
  let spans: EventSpans[] = [];
  let at = skipSpace(text, skipSpace(text, 0) + 1);
  while (text[at] === quote) {
    const keyEnd = skipString(text, at);
    const start = valueStart(text, keyEnd);
    const isEvents = isKey(text, 'events', at + 1, keyEnd - 1);
    if (isEvents) spans = [];
    const end = isEvents && text[start] === openBracket ? scanEvents(text, start, spans) : skipValue(text, start);
    at = nextMember(text, end);
  }
  return spans;
}

/** How deep brackets are nested in a text that `JSON.parse` has accepted. */
export function levelsOf(json: string): number {
  const text = unitsOf(json);
  skipValue(text, skipSpace(text, 0));
  return deepest;
}

/** `at` is the opening bracket; gives the position after the closing one. */
function scanEvents(text: Uint16Array, at: number, all: EventSpans[]): number {
  at = skipSpace(text, at + 1);
  while (text[at] !== closeBracket) {
    const spans: EventSpans = { payloadStart: -1, payloadEnd: 0, metadataStart: -1, metadataEnd: 0, levels: 0 };
    all.push(spans);
    const end = text[at] === openBrace ? scanEvent(text, at, spans) : skipValue(text, at);
    at = nextMember(text, end);
  }
  return at + 1;
}

/** `at` is the opening brace; gives the position after the closing one. */
function scanEvent(text: Uint16Array, at: number, spans: EventSpans): number {
  at = skipSpace(text, at + 1);
  while (text[at] === quote) {
    const keyEnd = skipString(text, at);
    const start = valueStart(text, keyEnd);
    const end = skipValue(text, start);
    if (isKey(text, 'payload', at + 1, keyEnd - 1)) {
      spans.payloadStart = start;
      spans.payloadEnd = end;
      spans.levels = Math.max(spans.levels, deepest);
    } else if (isKey(text, 'metadata', at + 1, keyEnd - 1)) {
      spans.metadataStart = start;
      spans.metadataEnd = end;
      spans.levels = Math.max(spans.levels, deepest);
    }
    at = nextMember(text, end);
  }
  return at + 1;
}

const mostScratch: number = 1024 * 1024;
let scratch: Uint16Array<ArrayBuffer> = new Uint16Array(64 * 1024);

/**
 * The UTF-16 units of a text and a 0 behind them, until the next call: to read them one by one from a string takes
 * longer than to copy it.
 */
function unitsOf(text: string): Uint16Array {
  let units = scratch;
  if (units.length <= text.length) {
    units = new Uint16Array(text.length * 2);
    if (units.length <= mostScratch) scratch = units;
  }
  Buffer.from(units.buffer).write(text, 'utf16le');
  units[text.length] = 0;
  return units;
}

/** Whether the text from `start` up to `end`, between two quotes, says a key. */
function isKey(text: Uint16Array, key: string, start: number, end: number): boolean {
  if (end - start === key.length) {
    for (let index = 0; index < key.length; index++) {
      if (text[start + index] !== key.charCodeAt(index)) return false;
    }
    return true;
  }
  // Only escapes make it longer, and each character takes six places at most.
  return end - start > key.length && end - start <= key.length * 6 && isEscapedKey(text, key, start, end);
}

function isEscapedKey(text: Uint16Array, key: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (text[at] === backslash) return JSON.parse(String.fromCharCode(...text.subarray(start - 1, end + 1))) === key;
  }
  return false;
}

/** The start of the value that belongs to a key which ends there. */
function valueStart(text: Uint16Array, keyEnd: number): number {
  return skipSpace(text, skipSpace(text, keyEnd) + 1);
}

/** The start of what follows a value: another member, or what closes. */
function nextMember(text: Uint16Array, end: number): number {
  const at = skipSpace(text, end);
  return text[at] === comma ? skipSpace(text, at + 1) : at;
}

function skipSpace(text: Uint16Array, at: number): number {
  for (;;) {
    const code = text[at];
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return at;
    at++;
  }
}

/** `at` is the opening quote; gives the position after the closing one. */
function skipString(text: Uint16Array, at: number): number {
  for (;;) {
    const code = text[++at];
    if (code === quote) return at + 1;
    if (code === backslash) at++;
  }
}

/** How deep brackets were nested in the value that was skipped last. */
let deepest = 0;

function skipValue(text: Uint16Array, at: number): number {
  const first = text[at];
  deepest = 0;
  if (first === quote) return skipString(text, at);
  if (first !== openBrace && first !== openBracket) {
    while (!isEnd(text[at]!)) at++;
    return at;
  }
  let depth = 0;
  let most = 0;
  for (;;) {
    const code = text[at];
    if (code === quote) {
      at = skipString(text, at);
      continue;
    }
    at++;
    if (code === openBrace || code === openBracket) {
      if (++depth > most) most = depth;
    } else if ((code === closeBrace || code === closeBracket) && --depth === 0) {
      deepest = most;
      return at;
    }
  }
}

/** Comma, brackets that close, white space, the end. */
function isEnd(code: number): boolean {
  return code === comma || code === closeBrace || code === closeBracket || code <= 32;
}
