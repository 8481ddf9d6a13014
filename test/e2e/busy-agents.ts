import { createClient, runTask, startModelServer, startStatusServer, tasks } from '@alex/example-agent';
import { createObs, type Obs, type PartialConfiguration } from '@alex/obs';

export interface BusyAgentsOptions {
  /** The user's home folder of the agents: their targets files are below it. */
  readonly home: string;
  /** OTLP address of a backend for traces. */
  readonly otlpUrl: string;
}

export interface BusyAgents {
  /** Whether the model server fails from now on. */
  failing: boolean;
  readonly traceIds: ReadonlySet<string>;
  stop(): Promise<void>;
}

/**
 * The example agent at work, task after task, and a second process' worth of trouble: a backend that is not there, a wrong
 * key, a model without a price, an answer without usage. Together they move every metric of the catalogue.
 */
export async function startBusyAgents({ home, otlpUrl }: BusyAgentsOptions): Promise<BusyAgents> {
  const [good, bad, status] = await Promise.all([
    startModelServer({ speed: 200, failureRate: 0, slipRate: 0.5 }),
    startModelServer({ speed: 200, failureRate: 1 }),
    startStatusServer(),
  ]);
  const agent = await start(home, { tracing: { enabled: true, exporter: 'otlp', otlp_endpoint: otlpUrl } });
  const troubled = await start(home, {
    tracing: { enabled: true, exporter: 'otlp', otlp_endpoint: 'http://127.0.0.1:9' },
    logging: { format: 'papyrus' as never },
  });
  const traceIds = new Set<string>();
  agent.observe(({ traceId }) => void (traceId && traceIds.add(traceId)));
  const agents = { failing: false, traceIds, stop: async () => undefined as void };
  let working = true;
  const clients = [good, bad].map(({ url }) => createClient({ baseUrl: `${url}/v1`, apiKey: 'local' }));
  const work = (async () => {
    for (let round = 0; working; round++) {
      const model = ['gpt-4o-mini', 'o4-mini', 'gpt-4o'][round % 3]!;
      const client = clients[agents.failing ? 1 : 0]!;
      await runTask({ obs: agent, client, model, task: tasks[round % tasks.length]!, statusUrl: status.url }).catch(
        () => undefined,
      );
      await trouble(troubled);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  agents.stop = async () => {
    working = false;
    await work;
    await Promise.all([agent.shutdown(), troubled.shutdown(), good.close(), bad.close(), status.close()]);
  };
  return agents;
}

async function start(home: string, config: PartialConfiguration): Promise<Obs> {
  const obs = createObs({
    configPath: false,
    env: { HOME: home },
    config: {
      ...config,
      metrics: { prometheus_port: 0 },
      logging: { output: `${home}/agent.jsonl`, ...config.logging },
    },
  });
  await obs.start();
  return obs;
}

async function trouble(obs: Obs): Promise<void> {
  await obs.solveTask({ sessionId: 'trouble' }, async () => {
    await obs.generate({ provider: 'anthropic', model: 'claude-3-opus' }, async () => ({
      type: 'message',
      role: 'assistant',
      model: 'claude-3-opus-20240229',
      content: [],
      usage: { input_tokens: 50, output_tokens: 20, cache_creation_input_tokens: 2000, cache_read_input_tokens: 4000 },
    }));
    await obs.generate({ provider: 'local', model: 'homegrown-1' }, async () => ({
      usage: { prompt_tokens: 10, completion_tokens: 5 },
    }));
    await obs.generate({ provider: 'openai', model: 'gpt-4o' }, async () => ({ choices: [] }));
    await obs
      .executeTool({ name: 'broken' }, async () => {
        throw new Error('always');
      })
      .catch(() => undefined);
  });
  obs.metrics.recordToolExecution('broken', 'error', Number.NaN);
}
