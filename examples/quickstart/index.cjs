const { readFile } = require('node:fs/promises');
const { obs } = require('@alex/obs');

/** Stands in for a model, so that this runs without a key. Put your client's call here: usage is read from its answer. */
async function askModel(question) {
  const usage = { prompt_tokens: 1200, completion_tokens: 80, prompt_tokens_details: { cached_tokens: 1024 } };
  return { model: 'gpt-4o-mini', usage, choices: [{ message: { content: `An answer to: ${question}` } }] };
}

async function main() {
  const { metricsUrl } = await obs.start();

  const answer = await obs.solveTask({ sessionId: 'quickstart', agent: 'reader' }, () =>
    obs.iteration(1, async () => {
      const text = await obs.executeTool({ name: 'read_file' }, () => readFile(__filename, 'utf8'));
      const question = `What do these ${text.length} characters do?`;
      return await obs.generate({ provider: 'openai', model: 'gpt-4o-mini' }, () => askModel(question));
    }),
  );
  obs.logger.info({ answer: answer.choices[0]?.message.content }, 'Done');

  if (metricsUrl !== undefined) {
    const metrics = await (await fetch(metricsUrl)).text();
    console.log(metrics.match(/^alex_(llm_requests|llm_tokens|cost|tool_executions|tasks)_.*$/gm)?.join('\n'));
  }
  await obs.shutdown();
}

main();
