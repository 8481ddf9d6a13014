import { describe, expect, it } from 'vitest';
import type { ObsRecord } from '../record.ts';
import { LiveSessions } from './live-sessions.ts';
import { collectingHost } from './testing/collecting-host.ts';

describe('live sessions', () => {
  it('show what an agent does right now and what it did', async () => {
    const live = new LiveSessions();
    const { agent } = collectingHost({ emit: (record) => live.accept(record) });
    await agent.solveTask({ sessionId: 's1', agent: 'researcher' }, async () => {
      await agent.iteration(3, async () => {
        agent.generate({ model: 'gpt-4' }, (call) => {
          expect(live.snapshot().active).toMatchObject([{ currentModel: 'gpt-4', llmRequests: 0 }]);
          call.usage({ inputTokens: 100, outputTokens: 50 });
        });
        await agent.executeTool({ name: 'read' }, async () => {
          expect(live.snapshot().active).toMatchObject([{ sessionId: 's1', currentTool: 'read', iteration: 3 }]);
          return { error: 'gone' };
        });
      });
    });
    const { active, finished } = live.snapshot();
    expect(active).toEqual([]);
    expect(finished).toMatchObject([
      {
        sessionId: 's1',
        agent: 'researcher',
        status: 'success',
        iteration: 3,
        llmRequests: 1,
        toolExecutions: 1,
        inputTokens: 100,
        outputTokens: 50,
        costUsd: 0.00075,
        errors: 1,
        lastError: 'gone',
      },
    ]);
    expect(finished[0]?.currentTool).toBeUndefined();
    expect(finished[0]?.tokensPerSecond).toBeGreaterThan(0);
    expect(JSON.parse(JSON.stringify(finished[0]))).toMatchObject({ sessionId: 's1' });
  });

  it('go on when the session takes up another task', () => {
    const live = new LiveSessions();
    const { agent } = collectingHost({ emit: (record) => live.accept(record) });
    for (let round = 0; round < 2; round += 1) {
      agent.solveTask({ sessionId: 's1' }, () => agent.executeTool({ name: 't' }, () => {}));
    }
    expect(live.snapshot().finished).toMatchObject([{ toolExecutions: 2 }]);
  });

  it('stay bounded, whatever comes', () => {
    const live = new LiveSessions({ maximumActive: 5, maximumFinished: 3 });
    const task = (sessionId: string, phase: 'start' | 'end'): ObsRecord => ({
      kind: 'task',
      phase,
      root: true,
      timeMs: 0,
      sessionId,
      ...(phase === 'end' && { status: 'success' as const }),
    });
    for (let index = 0; index < 20; index += 1) live.accept(task(`open-${index}`, 'start'));
    expect(live.snapshot().active.map(({ sessionId }) => sessionId)).toEqual(
      [19, 18, 17, 16, 15].map((n) => `open-${n}`),
    );
    for (let index = 0; index < 20; index += 1) {
      live.accept(task(`done-${index}`, 'start'));
      live.accept(task(`done-${index}`, 'end'));
    }
    expect(live.snapshot().finished.map(({ sessionId }) => sessionId)).toEqual(['done-19', 'done-18', 'done-17']);
    live.accept(task('never-seen', 'end'));
    live.accept({ kind: 'tool', phase: 'end', toolName: 't', timeMs: 0 });
    expect(live.snapshot().finished).toHaveLength(3);
  });
});
