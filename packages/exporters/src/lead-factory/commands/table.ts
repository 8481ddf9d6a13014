import { columns as alignedColumns, printable } from '@alex/service';
import { formatUsd } from '../money.ts';
import type { CostSum } from '../store/cost-store.ts';

/** Rows as aligned columns; names come from anybody, and whoever reads them has a terminal. */
export function columns(rows: readonly (readonly string[])[], rightFrom: number): string[] {
  return alignedColumns(
    rows.map((row) => row.map(printable)),
    rightFrom,
  );
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
