import { CannotAnswer } from './skill.ts';

/** Ways to read what tools return. All of them work on the text alone and throw `CannotAnswer` when it holds nothing fit. */

/** The file that most search hits (`path:line: text`) are in; of equals, the first. */
export function bestFile(hits: string, wanted: RegExp = /./): string {
  const counts = new Map<string, number>();
  for (const line of hits.split('\n')) {
    const path = /^(.+?):\d+: /.exec(line)?.[1];
    if (path !== undefined && wanted.test(path)) counts.set(path, (counts.get(path) ?? 0) + 1);
  }
  return found(
    [...counts].reduce((best, next) => (next[1] > best[1] ? next : best), ['', 0])[0],
    'no file mentions it',
  );
}

/** The paths of a file list that match. */
export function pathsOf(list: string, wanted: RegExp): string[] {
  const paths = list.split('\n').filter((path) => wanted.test(path));
  found(paths[0], 'no file in the list fits');
  return paths;
}

/** The rows of a CSV text without quoted fields, by the names of its header. */
export function csvRows(text: string): Record<string, string>[] {
  const [header = '', ...lines] = text.trim().split('\n');
  const names = header.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((value, index) => [names[index] ?? '', value])));
}

/** The cells of the Markdown table row whose first cell is this, by the names of the header above it. */
export function tableRow(markdown: string, first: string): Record<string, string> {
  const rows = markdown
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const row = found(
    rows.find((cells) => cells[0]?.toLowerCase() === first.toLowerCase()),
    `there is no row "${first}"`,
  );
  return Object.fromEntries(row.map((cell, index) => [rows[0]?.[index] ?? '', cell]));
}

/** One request in a service log. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly durationMs: string;
}

/** The requests of a service log. */
export function loggedRequests(log: string): LoggedRequest[] {
  const line = /request method=(\S+) path=(\S+) status=(\d+) duration_ms=(\d+)/g;
  return [...log.matchAll(line)].map(([, method = '', path = '', status, durationMs = '']) => ({
    method,
    path,
    status: Number(status),
    durationMs,
  }));
}

/** An entry of a list of action items: `- [ ] What (owner: Who, due: 2026-01-31)`. */
export interface ActionItem {
  readonly open: boolean;
  readonly what: string;
  readonly owner: string;
  readonly due: string;
}

/** The action items of meeting notes. */
export function actionItems(notes: string): ActionItem[] {
  const item = /^- \[([ x])\] (.+) \(owner: (.+), due: (\S+)\)$/gm;
  return [...notes.matchAll(item)].map(([, mark, what = '', owner = '', due = '']) => ({
    open: mark === ' ',
    what,
    owner,
    due,
  }));
}

/** The first number in a text, as it is written but without thousands separators. */
export function numberIn(text: string | undefined, what: string): string {
  return found(/\d[\d,]*(?:\.\d+)?/.exec(text ?? '')?.[0], `${what} is not given`).replaceAll(',', '');
}

/** The ISO day of a date in words (`14 October 2026`) or in ISO form; with no day, the month (`2026-10`). */
export function isoDate(question: string): string {
  const iso = /\d{4}-\d{2}(-\d{2})?/.exec(question)?.[0];
  if (iso !== undefined) return iso;
  const [, day, name = '', year] = found(
    /(?:(\d{1,2}) )?([A-Z][a-z]+) (\d{4})/.exec(question) ?? undefined,
    'the question names no date',
  );
  const month = months.indexOf(name.toLowerCase()) + 1;
  if (month === 0) throw new CannotAnswer(`"${name}" is not a month`);
  return [year, pad(month), ...(day === undefined ? [] : [pad(Number(day))])].join('-');
}

/** US dollars for people: `$1,234.50`. */
export function usd(value: number): string {
  return value.toLocaleString('en-US', { style: 'currency', currency: 'USD' });
}

/** The value, unless there is none: then the work ends with this reason. */
export function found<Value>(value: Value | undefined, reason: string): Value {
  if (value === undefined || value === '') throw new CannotAnswer(reason);
  return value;
}

const months = 'january february march april may june july august september october november december'.split(' ');

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
