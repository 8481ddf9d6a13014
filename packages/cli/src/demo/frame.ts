import type { Paint } from '@alex/service';
import { columns, counted, dollars, elapsed, tokens } from '../format.ts';
import type { Board, SessionRow } from './board.ts';

export interface FrameOptions {
  readonly nowMs: number;
  readonly startedAtMs: number;
  readonly paint: Paint;
  /** Lines below the table, for instance where metrics are. */
  readonly footer: readonly string[];
  /** Lines that fit: sessions that do not are left out, those that ended first. */
  readonly height: number;
}

/** One picture of the live view: a line of totals, a line for each session, the footer. */
export function frame(board: Board, { nowMs, startedAtMs, paint, footer, height }: FrameOptions): string[] {
  const { totals } = board;
  const head = [
    `${board.runningCount} running`,
    counted(totals.sessions, 'session'),
    `${tokens(board.tokensPerSecond(nowMs))} tokens/s`,
    dollars(totals.costUsd),
    counted(totals.errors, 'error'),
    elapsed(nowMs - startedAtMs),
  ];
  const rows = board.rows().slice(0, Math.max(height - footer.length - 4, 1));
  const numbers = columns([heading, ...rows.map((row) => cells(row, nowMs))], 2);
  const table = numbers.map((line, index) => `${line}  ${shorten(rows[index - 1]?.lastError ?? '', 60)}`.trimEnd());
  return [
    paint('bold', `ALEX  ${head.join('  |  ')}`),
    '',
    paint('dim', table[0]!),
    ...rows.map((row, index) => paintRow(row, table[index + 1]!, paint)),
    '',
    ...footer,
  ];
}

const heading = ['SESSION', 'NOW', 'STEP', 'IN', 'OUT', 'COST', 'ERRORS', 'TIME'];

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
