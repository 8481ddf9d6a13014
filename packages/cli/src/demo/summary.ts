import { columns, type Paint } from '@alex/service';
import { counted, dollars, elapsed, tokens } from '../format.ts';
import type { Board, Tally } from './board.ts';

/** What the sessions did and cost, by model and by tool, as lines. */
export function summaryLines(board: Board, paint: Paint): string[] {
  const { totals } = board;
  const sessions = `${counted(totals.sessions, 'session')}, ${totals.succeeded} succeeded, ${counted(totals.errors, 'error')}`;
  const spent = `${tokens(totals.inputTokens)} tokens in, ${tokens(totals.outputTokens)} out, ${dollars(totals.costUsd)}`;
  const lines = [paint('bold', `${sessions}; ${spent}`)];
  if (board.models.size > 0) lines.push('', ...section(modelHeading, board.models, modelCells, paint));
  if (board.tools.size > 0) lines.push('', ...section(toolHeading, board.tools, toolCells, paint));
  return lines;
}

/** The same as data: numbers are not rounded, durations are milliseconds. */
export function summaryData(board: Board): object {
  return {
    ...board.totals,
    models: Object.fromEntries(board.models),
    tools: Object.fromEntries(
      [...board.tools].map(([name, { calls, errors, durationMs }]) => [name, { calls, errors, durationMs }]),
    ),
  };
}

const modelHeading = ['MODEL', 'REQUESTS', 'ERRORS', 'MEAN', 'IN', 'OUT', 'COST'];
const toolHeading = ['TOOL', 'CALLS', 'ERRORS', 'MEAN'];

function section(
  heading: readonly string[],
  tallies: ReadonlyMap<string, Tally>,
  cells: (name: string, tally: Tally) => string[],
  paint: Paint,
): string[] {
  const byUse = [...tallies].sort(([, a], [, b]) => b.costUsd - a.costUsd || b.calls - a.calls);
  const [first, ...rest] = columns([heading, ...byUse.map(([name, tally]) => cells(name, tally))], 1);
  return [paint('dim', first!), ...rest];
}

function toolCells(name: string, { calls, errors, durationMs }: Tally): string[] {
  return [name, String(calls), String(errors), elapsed(durationMs / calls)];
}

function modelCells(name: string, tally: Tally): string[] {
  return [...toolCells(name, tally), tokens(tally.inputTokens), tokens(tally.outputTokens), dollars(tally.costUsd)];
}
