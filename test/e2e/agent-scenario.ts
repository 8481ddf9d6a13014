import type { Obs } from '@alex/obs';

/** One session with one request, one tool that works and one that fails: all four spans, both outcomes. */
export async function runScenario(obs: Obs, sessionId = 'session-1'): Promise<void> {
  await obs.solveTask({ sessionId, agent: 'researcher' }, async () => {
    await obs.iteration(1, async () => {
      await obs.generate({ provider: 'openai', model: 'gpt-4o' }, async () => ({
        id: 'chatcmpl-1',
        object: 'chat.completion',
        model: 'gpt-4o-2024-08-06',
        choices: [{ finish_reason: 'stop', message: { role: 'assistant', content: 'Paris' } }],
        usage: { prompt_tokens: 1000, completion_tokens: 500, prompt_tokens_details: { cached_tokens: 200 } },
      }));
      await obs.executeTool({ name: 'read_file', callId: 'call-1', arguments: { path: 'a.txt' } }, async () => 'text');
      await obs
        .executeTool({ name: 'http_get', callId: 'call-2' }, async () => {
          throw new Error('no route to host');
        })
        .catch(() => undefined);
    });
  });
}
