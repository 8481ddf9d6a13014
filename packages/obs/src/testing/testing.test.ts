import { afterEach, describe, expect, it } from 'vitest';
import { createTestObs, type TestObs } from './index.ts';

let made: TestObs | undefined;
afterEach(async () => {
  await made?.close();
  made = undefined;
});

describe('an instance for tests', () => {
  it('gives back spans, metrics, lines and records of the code under test', async () => {
    made = createTestObs();
    const { obs } = made;
    await obs.solveTask({ sessionId: 's1', agent: 'tester' }, async () => {
      obs.generate({ model: 'gpt-4' }, (call) => call.usage({ inputTokens: 1000, outputTokens: 500 }));
      await obs.executeTool({ name: 'read' }, async () => ({ error: 'gone' }));
    });
    expect(made.span('alex.llm.generate').attributes).toMatchObject({ 'alex.llm.input_tokens': 1000 });
    expect(made.span('alex.tool.execute').parentSpanContext?.spanId).toBe(
      made.span('alex.session.solve_task').spanContext().spanId,
    );
    expect(() => made?.span('no.such')).toThrow('0 spans');
    expect(await made.metric('alex_llm_requests_total', { model: 'gpt-4', status: 'success' })).toBe(1);
    expect(await made.metric('alex_llm_requests_total')).toBe(1);
    expect(await made.metric('alex_cost_total')).toBeCloseTo(0.06, 12);
    expect(await made.metric('alex_tool_executions_total', { status: 'error' })).toBe(1);
    expect(await made.metric('alex_task_duration_seconds_count')).toBe(1);
    expect(await made.metric('alex_sessions_active')).toBe(0);
    expect(await made.metric('alex_no_such_total')).toBeUndefined();
    const { traceId, spanId } = made.span('alex.tool.execute').spanContext();
    expect(await made.lines()).toContainEqual(
      expect.objectContaining({ msg: 'tool failed', trace_id: traceId, span_id: spanId, session_id: 's1' }),
    );
    expect(made.records.filter(({ phase }) => phase === 'end').map(({ kind }) => kind)).toEqual([
      'llm',
      'tool',
      'task',
    ]);
  });

  it('takes configuration, and shares nothing with another one', async () => {
    made = createTestObs({ config: { content: 'full', metrics: { token: 'secret' } } });
    const other = createTestObs();
    made.obs.executeTool({ name: 'read', arguments: { path: 'a', password: 'hunter2' } }, () => 1);
    expect(made.span('alex.tool.execute').attributes['gen_ai.tool.call.arguments']).toBe(
      '{"path":"a","password":"***REDACTED***"}',
    );
    expect(other.spans()).toEqual([]);
    expect(await made.metric('alex_tool_executions_total')).toBe(1);
    expect(await other.metric('alex_tool_executions_total')).toBeUndefined();
    await other.close();
  });
});
