import type { ObsRecord } from '@alex/obs';
import { captureIo } from '@alex/service';
import { describe, expect, it } from 'vitest';
import { dollars, elapsed, tokens } from '../format.ts';
import { Board } from './board.ts';
import { frame } from './frame.ts';
import { fit, Screen } from './screen.ts';
import { summaryData, summaryLines } from './summary.ts';
import { lineView } from './views.ts';

const plain = (_format: string, text: string): string => text;
const usage = { inputTokens: 1000, outputTokens: 50 };
const cost = { usd: 0.01, savedUsd: 0, source: 'library' } as const;

const records: readonly ObsRecord[] = [
  { kind: 'task', phase: 'start', root: true, timeMs: 0, sessionId: 'a-1' },
  { kind: 'task', phase: 'start', root: true, timeMs: 0, sessionId: 'b-2' },
  { kind: 'iteration', phase: 'start', iteration: 1, timeMs: 10, sessionId: 'a-1' },
  { kind: 'llm', phase: 'start', model: 'gpt-4o', timeMs: 10, sessionId: 'a-1' },
  {
    kind: 'llm',
    phase: 'end',
    model: 'gpt-4o',
    status: 'success',
    durationMs: 500,
    usage,
    cost,
    timeMs: 510,
    sessionId: 'a-1',
  },
  { kind: 'tool', phase: 'start', toolName: 'read_file', timeMs: 520, sessionId: 'a-1' },
  {
    kind: 'tool',
    phase: 'end',
    toolName: 'read_file',
    status: 'error',
    error: 'no such file',
    durationMs: 4,
    timeMs: 524,
    sessionId: 'a-1',
  },
  { kind: 'llm', phase: 'start', model: 'o4-mini', timeMs: 600, sessionId: 'b-2' },
];
const end: ObsRecord = {
  kind: 'task',
  phase: 'end',
  root: true,
  status: 'success',
  durationMs: 900,
  timeMs: 900,
  sessionId: 'a-1',
};

function boardOf(all: readonly ObsRecord[]): Board {
  const board = new Board();
  for (const record of all) board.add(record);
  return board;
}

describe('Board', () => {
  it('adds up tokens, cost and errors by session, model and tool', () => {
    const board = boardOf([...records, end]);
    expect(board.totals).toEqual({
      sessions: 2,
      succeeded: 1,
      errors: 1,
      inputTokens: 1000,
      outputTokens: 50,
      costUsd: 0.01,
    });
    expect(board.models.get('gpt-4o')).toMatchObject({ calls: 1, errors: 0, durationMs: 500, costUsd: 0.01 });
    expect(board.tools.get('read_file')).toMatchObject({ calls: 1, errors: 1 });
    expect(board.rows().map(({ sessionId, status, activity }) => [sessionId, status, activity])).toEqual([
      ['b-2', undefined, 'model o4-mini'],
      ['a-1', 'success', ''],
    ]);
  });

  it('counts tokens per second over the last ten seconds', () => {
    const board = boardOf(records);
    expect(board.tokensPerSecond(1000)).toBe(105);
    expect(board.tokensPerSecond(20_000)).toBe(0);
  });

  it('forgets sessions that ended long ago', () => {
    const board = new Board();
    for (let n = 0; n < 100; n++) {
      const task = { kind: 'task', root: true, timeMs: n, sessionId: `s-${n}` } as const;
      board.add({ ...task, phase: 'start' });
      board.add({ ...task, phase: 'end', status: 'success' });
    }
    expect(board.rows()).toHaveLength(6);
    expect(board.totals.sessions).toBe(100);
  });

  it('takes sub-agents as part of their session', () => {
    const board = boardOf([...records, { kind: 'task', phase: 'start', root: false, timeMs: 5, sessionId: 'a-1' }]);
    expect(board.totals.sessions).toBe(2);
  });
});

describe('the live view', () => {
  it('shows what each session does now', () => {
    const options = {
      nowMs: 2000,
      startedAtMs: 0,
      paint: plain,
      footer: ['Metrics  http://x'],
      height: 20,
      width: 100,
    };
    const lines = frame(boardOf(records), options);
    expect(lines).toEqual([
      'ALEX  2 running  |  2 sessions  |  105 tokens/s  |  $0.0100  |  1 error  |  2.0 s',
      '',
      'SESSION  NOW            STEP    IN  OUT     COST  ERRORS   TIME',
      'a-1      thinking          1  1000   50  $0.0100       1  2.0 s  no such file',
      'b-2      model o4-mini     0     0    0  $0.0000       0  2.0 s',
      '',
      'Metrics  http://x',
    ]);
  });

  it('leaves out what says least where lines are short', () => {
    const options = { nowMs: 2000, startedAtMs: 0, paint: plain, footer: [], height: 20, width: 40 };
    expect(frame(boardOf(records), options)).toEqual([
      'ALEX  2 running  |  $0.0100  |  1 error',
      '',
      'SESSION  NOW               COST  ERRORS',
      'a-1      thinking       $0.0100       1  no such file',
      'b-2      model o4-mini  $0.0000       0',
      '',
    ]);
  });

  it('leaves out sessions, not the footer, where lines are few', () => {
    const options = { nowMs: 2000, startedAtMs: 0, paint: plain, footer: ['Metrics  http://x'], height: 6, width: 100 };
    const lines = frame(boardOf(records), options);
    expect(lines).toHaveLength(6);
    expect(lines.at(-1)).toBe('Metrics  http://x');
  });

  it('repaints in place, starts anew after a resize, and gives the cursor back', () => {
    let written = '';
    const screen = new Screen({ write: (text) => (written = text), columns: 40, rows: 10 });
    expect(written).toBe('\u001b[?25l');
    screen.paint(['x', 'y']);
    expect(written).toBe('\rx\u001b[K\ny\u001b[K\n\u001b[J');
    screen.paint(['z']);
    expect(written).toBe('\r\u001b[2Az\u001b[K\n\u001b[J');
    screen.reset();
    expect(written).toBe('\u001b[2J\u001b[H');
    screen.paint(['z']);
    expect(written).toBe('\rz\u001b[K\n\u001b[J');
    screen.close();
    expect(written).toBe('\u001b[?25h');
    screen.paint(['late']);
    expect(written).toBe('\u001b[?25h');
  });

  it('never paints more than the terminal holds', () => {
    let written = '';
    const screen = new Screen({ write: (text) => (written = text), columns: 10, rows: 3 });
    screen.paint(['1234567890abc', '2', '3', '4']);
    expect(written).toBe('\r123456789\u001b[K\n2\u001b[K\n\u001b[J');
    screen.close();
  });

  it('cuts coloured lines without cutting their colours', () => {
    expect(fit('\u001b[31mabcdef\u001b[39m', 3)).toBe('\u001b[31mabc\u001b[39m');
    expect(fit('abc', 3)).toBe('abc');
  });
});

describe('the view without a terminal', () => {
  it('prints one line for what matters', () => {
    const { io, output } = captureIo();
    const board = new Board();
    const view = lineView(board, io, ['Metrics  http://x']);
    for (const record of [...records, end]) {
      board.add(record);
      view.show(record);
    }
    expect(output()).toEqual({
      stdout: '',
      stderr: [
        'Metrics  http://x',
        'a-1: started',
        'b-2: started',
        'a-1: tool read_file failed: no such file',
        'a-1: success after 1 step and 900 ms, 1000 tokens in, 50 out, $0.0100',
        '',
      ].join('\n'),
    });
  });
});

describe('the summary', () => {
  it('lists models by cost and tools by use', () => {
    expect(summaryLines(boardOf([...records, end]), plain)).toEqual([
      '2 sessions, 1 succeeded, 1 error; 1000 tokens in, 50 out, $0.0100',
      '',
      'MODEL   REQUESTS  ERRORS    MEAN    IN  OUT     COST',
      'gpt-4o         1       0  500 ms  1000   50  $0.0100',
      '',
      'TOOL       CALLS  ERRORS  MEAN',
      'read_file      1       1  4 ms',
    ]);
  });

  it('is data too', () => {
    expect(summaryData(boardOf(records))).toMatchObject({
      costUsd: 0.01,
      models: { 'gpt-4o': { calls: 1 } },
      tools: { read_file: { calls: 1, errors: 1 } },
    });
  });
});

describe('numbers for reading', () => {
  it.each([
    [dollars(0.00012), '$0.0001'],
    [dollars(12.5), '$12.50'],
    [tokens(9999), '9999'],
    [tokens(12_345), '12.3k'],
    [elapsed(850), '850 ms'],
    [elapsed(12_340), '12.3 s'],
    [elapsed(250_000), '4 min 10 s'],
  ])('%s', (text, expected) => expect(text).toBe(expected));
});
