import { OpenAI } from 'openai';

export interface ClientOptions {
  /** For instance `https://api.openai.com/v1`, or `${modelServer.url}/v1`. */
  readonly baseUrl?: string | undefined;
  /** The local model server takes any. */
  readonly apiKey: string;
}

/** An OpenAI client that waits at most a minute for an answer to begin. */
export function createClient({ baseUrl, apiKey }: ClientOptions): OpenAI {
  return new OpenAI({ baseURL: baseUrl ?? null, apiKey, timeout: 60_000 });
}
