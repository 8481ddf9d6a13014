import { attempt, type Shape } from '../context/guard.ts';

/** Hosts and client classes by the provider names of the GenAI conventions. */
const known: readonly (readonly [RegExp, string])[] = [
  [/bedrock/i, 'aws.bedrock'],
  [/vertex/i, 'gcp.vertex_ai'],
  [/azure/i, 'azure.ai.openai'],
  [/generativelanguage\.googleapis\.com/i, 'gcp.gemini'],
  [/deepseek\.com/i, 'deepseek'],
  [/groq\.com/i, 'groq'],
  [/mistral\.ai/i, 'mistral_ai'],
  [/moonshot\./i, 'moonshot_ai'],
  [/\bx\.ai/i, 'x_ai'],
  [/perplexity\.ai/i, 'perplexity'],
  [/cohere\./i, 'cohere'],
  [/openrouter\.ai/i, 'openrouter'],
];

/** Who answers a client: by its class and base URL, else whose shape it has. */
export function providerOf(client: Shape, path: readonly string[]): string {
  const name = attempt(() => (client['constructor'] as { readonly name?: unknown } | undefined)?.name);
  const host = attempt(() => new URL(String(client['baseURL'])).host);
  const found = known.find(([pattern]) => pattern.test(`${String(name ?? '')} ${host ?? ''}`));
  return found?.[1] ?? (path.includes('messages') ? 'anthropic' : 'openai');
}
