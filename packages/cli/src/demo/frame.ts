import { columns, type Paint } from '@alex/service';
import { counted, dollars, elapsed, tokens } from '../format.ts';
import type { Board, SessionRow } from './board.ts';

export interface FrameOptions {
  readonly nowMs: number;
  readonly startedAtMs: number;
  readonly paint: Paint;
  /** Lines below the table, for instance where metrics are. */
  readonly footer: readonly string[];
  /** Lines that fit: sessions that do not are left out, those that ended first. */
  readonly height: number;
  /** Characters that fit a line: what says least is left out first, what a session costs and its errors never. */
  readonly width: number;
}

/** One picture of the live view: a line of totals, a line for each session, the footer. */
export function frame(board: Board, options: FrameOptions): string[] {
  const { nowMs, paint, footer, height, width } = options;
  const rows = board.rows().slice(0, Math.max(height - footer.length - 4, 1));
  const numbers = narrowed(
    rows.map((row) => cells(row, nowMs)),
    width,
  );
  const table = numbers.map((line, index) => `${line}  ${shorten(rows[index - 1]?.lastError ?? '', 60)}`.trimEnd());
  return [
    paint('bold', totalsLine(board, options)),
    '',
    paint('dim', table[0]!),
    ...rows.map((row, index) => paintRow(row, table[index + 1]!, paint)),
    '',
    ...footer,
  ];
}

function totalsLine(board: Board, { nowMs, startedAtMs, width }: FrameOptions): string {
  const { totals } = board;
  let parts: readonly (readonly [text: string, rank: number])[] = [
    [`${board.runningCount} running`, 3],
    [counted(totals.sessions, 'session'), 1],
    [`${tokens(board.tokensPerSecond(nowMs))} tokens/s`, 0],
    [dollars(totals.costUsd), 5],
    [counted(totals.errors, 'error'), 4],
    [elapsed(nowMs - startedAtMs), 2],
  ];
  const line = (): string => `ALEX  ${parts.map(([text]) => text).join('  |  ')}`;
  for (let rank = 0; rank < 4 && line().length > width; rank++) parts = parts.filter(([, one]) => one !== rank);
  return line();
}

const heading = ['SESSION', 'NOW', 'STEP', 'IN', 'OUT', 'COST', 'ERRORS', 'TIME'];
/** In this order where a line is too short for all. */
const dispensable = ['TIME', 'STEP', 'IN', 'OUT', 'NOW'];

/** The table as lines, heading first, without the columns that do not fit. */
function narrowed(rows: readonly (readonly string[])[], width: number): string[] {
  let names: readonly string[] = heading;
  for (let dropped = 0; ; dropped++) {
    const kept = (cells: readonly string[]): string[] => cells.filter((_, index) => names.includes(heading[index]!));
    const lines = columns([heading, ...rows].map(kept), names.includes('NOW') ? 2 : 1);
    if (dropped === dispensable.length || Math.max(...lines.map((line) => line.length)) <= width) return lines;
    names = names.filter((name) => name !== dispensable[dropped]);
  }
}

function cells(row: SessionRow, nowMs: number): string[] {
  return [
    row.sessionId,
    row.status ?? (row.activity || 'thinking'),
    String(row.step),
    tokens(row.inputTokens),
    tokens(row.outputTokens),
    dollars(row.costUsd),
    String(row.errors),
    elapsed((row.endedAtMs ?? nowMs) - row.startedAtMs),
  ];
}

function paintRow(row: SessionRow, line: string, paint: Paint): string {
  if (row.status === 'success') return paint('dim', line);
  if (row.status !== undefined) return paint('red', line);
  return row.activity.startsWith('tool') ? paint('cyan', line) : line;
}

function shorten(text: string, width: number): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length <= width ? line : `${line.slice(0, width - 3)}...`;
}
