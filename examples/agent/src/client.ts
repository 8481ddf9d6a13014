import { OpenAI } from 'openai';

export interface ClientOptions {
  /** For instance `https://api.openai.com/v1`, or `${modelServer.url}/v1`. */
  readonly baseUrl?: string | undefined;
  /** The local model server takes any. */
  readonly apiKey: string;
  /** How often a request that was answered with 429 or 5xx is sent again. Default 3. */
  readonly maxRetries?: number;
}

/** An OpenAI client that waits at most a minute for an answer to begin. */
export function createClient({ baseUrl, apiKey, maxRetries = 3 }: ClientOptions): OpenAI {
  return new OpenAI({ baseURL: baseUrl ?? null, apiKey, maxRetries, timeout: 60_000 });
}
