import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createObs } from '@alex/obs';

const ledger = join(mkdtempSync(join(tmpdir(), 'alex-costs-')), 'costs.db');
// The service of the ledger would say so for all agents; here the environment does.
process.env['DAILY_BUDGET'] = '2';
const obs = createObs({ config: { cost_ledger: ledger, metrics: { prometheus_port: 0 }, logging: { level: 'warn' } } });
await obs.start();

/** Stands in for a model that reports what it cost. Put your client's call here: the price table knows most models. */
async function askModel(question: string) {
  return { text: `An answer to: ${question}`, costUsd: 0.45 };
}

await obs.solveTask({ sessionId: 'costs-example', agent: 'researcher' }, async () => {
  for (let step = 1; step <= 10; step++) {
    const { allowed, reason } = await obs.authorize({ service: 'openai', operation: 'gpt-4o' });
    if (!allowed) {
      console.log(`step ${step}: stopped, ${reason}`);
      return;
    }
    await obs.iteration(step, () =>
      obs.generate({ provider: 'openai', model: 'gpt-4o' }, async (call) => {
        const answer = await askModel(`question ${step}`);
        call.usage({ inputTokens: 1000, outputTokens: 200, costUsd: answer.costUsd });
        return answer;
      }),
    );
    console.log(`step ${step}: answered`);
  }
});

await obs.shutdown();
console.log(`Look at it: npx alex-obs costs summary --by session --db ${ledger}`);
