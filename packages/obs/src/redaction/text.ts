/** What stands where a secret was. */
export const hidden = '***REDACTED***';

/** How long a random word must at least be to count as a secret. */
const longWord = 32;

/** 1 for the characters that secrets are made of. */
const wordCharacters = new Uint8Array(128);
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+=~') {
  wordCharacters[character.charCodeAt(0)] = 1;
}

/**
 * Whether anything in the text may be a secret: a long word, an assignment, a login in a URL, an authorization scheme
 * or a PEM line. One pass; almost all texts end here.
 */
export function isSuspicious(text: string): boolean {
  let run = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 64 /* @ */) return true;
    if ((code === 61 /* = */ || code === 58) /* : */ && endsWithSecretName(text, index)) return true;
    if (code < 128 && wordCharacters[code] === 1) {
      if (++run >= 20) return true;
      if (code === 45 && run >= 5 && text.startsWith('-----', index - 4)) return true;
    } else {
      if (code === 32 && endsWithScheme(text, index)) return true;
      run = 0;
    }
  }
  return false;
}

const secretNameEnd =
  /(?:passw(?:or)?d|passphrase|secret|token|key|credentials?|cookie|authorization)\\?["']?\s{0,3}$/i;

function endsWithSecretName(text: string, index: number): boolean {
  return secretNameEnd.test(text.slice(Math.max(0, index - 20), index));
}

/** Whether `Bearer` or `Basic` ends before `index`. */
function endsWithScheme(text: string, index: number): boolean {
  const last = text.charCodeAt(index - 1) | 32;
  if (last !== 114 /* r */ && last !== 99 /* c */) return false;
  return /(bearer|basic)$/i.test(text.slice(Math.max(0, index - 6), index));
}

// Every expression is linear: what can repeat is bounded, begins behind a character that it cannot contain itself, or
// is consumed by the match.
const pem = /-----BEGIN [A-Z0-9 ]{1,64}-----[\s\S]*?(?:-----END [A-Z0-9 ]{1,64}-----|$)/g;
const knownPrefix =
  /(?<![A-Za-z0-9_-])(?:sk-|gh[oprsu]_|github_pat_|xox[a-z]-|glpat-|hf_)[A-Za-z0-9_-]{20,}|(?<![A-Za-z0-9_-])(?:AKIA[A-Z0-9]{16}|AIza[A-Za-z0-9_-]{20,})/g;
const jsonWebToken = /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*/g;
const scheme = /(?<![A-Za-z0-9_])(Bearer|Basic) {1,3}[A-Za-z0-9._~+/=-]{20,}/gi;
const login = /(:\/\/[^\s/:@]*:)[^\s/]+@/g;
const header = /((?:authorization|cookie|x-api-key)\\?["']? {0,3}: {0,3}\\?["']?)[^\r\n"'\\]+/gi;
const assignment =
  /((?:password|passwd|passphrase|secret|token|(?:api|access|private|secret|session|signing)[_ -]?key|credentials?|cookie|authorization)(?: {0,3}= {0,3}|\\?["'] {0,3}[:=] {0,3}))("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|\\"[^"\\]*|[^\s"'\\&,;)}\]]+)/gi;
const word = new RegExp(`[A-Za-z0-9_+=~-]{${longWord},}`, 'g');
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** `meta-llama-3-405b-instruct`: a name made of readable words. */
const readableName =
  /^(?:[a-z]{1,15}\d{0,4}|\d{1,8}[a-z]{0,3})(?:[_-]{1,2}(?:[a-z]{1,15}\d{0,4}|\d{1,8}[a-z]{0,3}))+$/i;

/** Hides the secrets in a text that is suspicious. `isId` lets long random words stand: they are identifiers. */
export function hideSecrets(text: string, isId: boolean): string {
  const result = text
    .replace(pem, hidden)
    .replace(header, `$1${hidden}`)
    .replace(assignment, hideAssigned)
    .replace(login, `$1${hidden}@`)
    .replace(scheme, `$1 ${hidden}`)
    .replace(jsonWebToken, hidden)
    .replace(knownPrefix, hidden);
  return isId ? result : result.replace(word, (found) => (isRandom(found) ? hidden : found));
}

/** Quotes stay, so that JSON inside a text stays JSON. */
function hideAssigned(_: string, name: string, value: string): string {
  const quote = /^\\?["']/.exec(value)?.[0] ?? '';
  const closed = quote.length === 1 && value.length > 1 && value.endsWith(quote);
  return name + quote + hidden + (closed ? quote : '');
}

function isRandom(text: string): boolean {
  if (!/[A-Za-z]/.test(text) || !/[0-9]/.test(text) || uuid.test(text)) return false;
  return !(text.length <= 200 && readableName.test(text)) && entropy(text) >= 3.5;
}

/** Shannon entropy in bits per character. */
function entropy(text: string): number {
  const counts = new Uint32Array(128);
  for (let index = 0; index < text.length; index++) counts[text.charCodeAt(index)]!++;
  let bits = 0;
  for (const count of counts) if (count > 0) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
