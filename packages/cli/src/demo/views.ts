import type { ObsRecord } from '@alex/obs';
import { type CommandIo, painter } from '@alex/service';
import { counted, dollars, elapsed, tokens } from '../format.ts';
import type { Board } from './board.ts';
import { frame } from './frame.ts';
import { Screen } from './screen.ts';

/** Shows records while they happen. */
export interface View {
  show(record: ObsRecord): void;
  close(): void;
}

const repaintMs = 100;

/** A picture that is repainted in place ten times a second, on stderr. */
export function liveView(board: Board, io: CommandIo, footer: readonly string[]): View {
  const startedAtMs = Date.now();
  const screen = new Screen(io.stderr);
  const paint = painter(io.stderr, io.env);
  const repaint = (): void => {
    const height = (io.stderr.rows ?? 24) - 1;
    const width = (io.stderr.columns ?? 80) - 1;
    screen.paint(frame(board, { nowMs: Date.now(), startedAtMs, paint, footer, height, width }));
  };
  const resized = (): void => {
    screen.reset();
    repaint();
  };
  const timer = setInterval(repaint, repaintMs);
  io.stderr.on?.('resize', resized);
  repaint();
  return {
    show: () => {},
    close() {
      clearInterval(timer);
      io.stderr.off?.('resize', resized);
      repaint();
      screen.close();
    },
  };
}

/** One line on stderr for each session that begins or ends, and for each error. */
export function lineView(board: Board, io: CommandIo, footer: readonly string[]): View {
  const print = (line: string): void => void io.stderr.write(`${line}\n`);
  for (const line of footer) print(line);
  return {
    show(record) {
      const { sessionId, status } = record;
      if (sessionId === undefined) return;
      if (record.kind === 'task' && record.root) {
        const row = board.rows().find((each) => each.sessionId === sessionId);
        if (record.phase === 'start') print(`${sessionId}: started`);
        else if (row) {
          const spent = `${tokens(row.inputTokens)} tokens in, ${tokens(row.outputTokens)} out, ${dollars(row.costUsd)}`;
          print(
            `${sessionId}: ${status} after ${counted(row.step, 'step')} and ${elapsed(record.durationMs ?? 0)}, ${spent}`,
          );
        }
      } else if (status === 'error' && record.kind === 'tool') {
        print(`${sessionId}: tool ${record.toolName} failed: ${record.error ?? 'it reported an error'}`);
      } else if (status === 'error' && record.kind === 'llm') {
        print(`${sessionId}: model ${record.model} failed: ${record.error ?? 'error'}`);
      }
    },
    close() {},
  };
}
