import { formatUsd } from '../money.ts';
import type { CostSum } from '../store/cost-store.ts';

/** Rows as aligned columns; columns from `rightFrom` on are aligned to the right. */
export function columns(cells: readonly (readonly string[])[], rightFrom: number): string[] {
  const rows = cells.map((row) => row.map(printable));
  const widths = rows[0]?.map((_, index) => Math.max(...rows.map((row) => row[index]!.length))) ?? [];
  return rows.map((row) =>
    row
      .map((cell, index) => (index >= rightFrom ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!)))
      .join('  ')
      .trimEnd(),
  );
}

/** Names come from anybody: no line break, and no escape sequence for the terminal of whoever reads them. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** `█████░░░░░`: so much of the whole. */
export function bar(percent: number, width = 20): string {
  const full = Math.min(Math.floor((percent / 100) * width), width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

/** Names, amounts, shares and entries, with the sum in the last line. */
export function costTable(title: string, sums: readonly CostSum[]): string[] {
  const total = sums.reduce((all, { microUsd }) => all + microUsd, 0);
  const entries = sums.reduce((all, one) => all + one.entries, 0);
  const share = (microUsd: number): string => (total === 0 ? '' : `${((microUsd * 100) / total).toFixed(0)}%`);
  return columns(
    [
      [title, 'cost', 'share', 'entries'],
      ...sums.map((one) => [one.name, formatUsd(one.microUsd), share(one.microUsd), String(one.entries)]),
      ['total', formatUsd(total), '', String(entries)],
    ],
    1,
  );
}
