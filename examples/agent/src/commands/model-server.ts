import { type Command, defineCommand, defineOptions, serviceOptions } from '@alex/service';
import { startModelServer } from '../model-server/server.ts';

/** How the local model behaves. */
export const behaviourOptions = {
  seed: {
    type: 'integer',
    default: 1,
    description: 'Of the local model: the same seed gives the same answers and failures.',
  },
  failureRate: {
    type: 'number',
    default: 0.05,
    minimum: 0,
    maximum: 1,
    description: 'Of the local model: share of requests that it answers with 429 or 500.',
  },
  slipRate: {
    type: 'number',
    default: 0.2,
    minimum: 0,
    maximum: 1,
    description: 'Of the local model: share of sessions in which it reads a wrong file first.',
  },
  speed: {
    type: 'number',
    default: 1,
    minimum: 0,
    aboveMinimum: true,
    description: 'Of the local model: how many times faster than a real one it streams.',
  },
} as const;

/** Runs the local model server by itself, for any OpenAI client. */
export const modelServerCommand: Command = defineCommand({
  name: 'model-server',
  summary: 'A deterministic OpenAI-compatible model that answers questions about files.',
  examples: ['model-server --port 8089', 'OPENAI_BASE_URL=http://127.0.0.1:8089/v1 agent --task plan-price'],
  options: defineOptions({ ...serviceOptions({ port: 8089 }), ...behaviourOptions }),
  untilInterrupted: true,
  async run({ options: { seed, failureRate, slipRate, speed, ...service }, io }) {
    const server = await startModelServer({ seed, failureRate, slipRate, speed, service, io });
    return await server.closed;
  },
});
