const isoTime = /^(\d{4}-\d\d-\d\d)([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/i;

/** Unix milliseconds of ISO 8601 text; `undefined` for anything else, and for a date that no calendar has. */
export function parseTime(text: unknown): number | undefined {
  const [whole, date] = (typeof text === 'string' && isoTime.exec(text.trim())) || [];
  if (whole === undefined || date === undefined || !isDate(date)) return undefined;
  const time = Date.parse(whole.replace(' ', 'T'));
  return Number.isNaN(time) ? undefined : time;
}

/** `Date.parse` takes 30 February for 2 March. */
function isDate(text: string): boolean {
  const midnight = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(text);
}
