/** Label values are cut to this many UTF-16 code units, so that no caller can make the registry keep a large string. */
export const maxLabelValueLength = 256;

/** Stands for a label value that is no text, number or boolean. */
export const invalidLabelValue = 'unknown';

/**
 * The text of a label value: well-formed Unicode of at most 256 code units that keeps no larger string alive.
 * Numbers, booleans and bigints become text, null and undefined the empty string; anything else gives `undefined`.
 */
export function labelText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return boundedText(value);
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value).slice(0, maxLabelValueLength);
    case 'undefined':
      return '';
    default:
      return value === null ? '' : undefined;
  }
}

/** Cuts and repairs a string; the result may still share memory with a larger one until it is interned. */
export function boundedText(value: string): string {
  const cut = value.length > maxLabelValueLength ? value.slice(0, maxLabelValueLength) : value;
  return cut.isWellFormed() ? cut : cut.toWellFormed();
}

const names: Record<string, true> = Object.create(null);

/**
 * The same text as V8 keeps it for property names: a copy of its own, shared with every equal literal, which lets a map
 * compare by pointer and frees the large string that a slice would keep alive.
 */
export function intern(text: string): string {
  names[text] = true;
  const [interned = text] = Object.keys(names);
  delete names[text];
  return interned;
}
