export interface HttpGetOptions {
  readonly baseUrl?: string;
  readonly allowedOrigins?: readonly string[];
  readonly headers?: () => Record<string, string>;
  readonly signal?: AbortSignal | undefined;
}

const maximumCharacters = 32 * 1024;
const timeoutMs = 10_000;

/**
 * Fetches text from an allowed origin: at most 32 Ki characters in 10 seconds, redirects are not followed. Throws an
 * error that a model can act on. A model decides the address, so whatever is not allowed is refused before any request.
 */
export async function httpGet(address: string, options: HttpGetOptions): Promise<string> {
  if (!URL.canParse(address, options.baseUrl)) throw new Error(`"${address}" is not an address`);
  const url = new URL(address, options.baseUrl);
  const allowed = [options.baseUrl, ...(options.allowedOrigins ?? [])].flatMap((each) =>
    each === undefined ? [] : new URL(each).origin,
  );
  if (!allowed.includes(url.origin)) {
    throw new Error(`requests to ${url.origin} are not allowed; allowed: ${allowed.join(', ') || 'none'}`);
  }
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]);
  const response = await fetch(url, { signal, redirect: 'manual', headers: options.headers?.() ?? {} }).catch(
    (error: unknown) => {
      if (options.signal?.aborted) throw error;
      throw new Error(timeout.aborted ? `${url.origin} did not answer in time` : `${url.origin} cannot be reached`);
    },
  );
  const body = await readBounded(response);
  if (!response.ok) throw new Error(`${url.href} answered ${response.status}: ${body.slice(0, 200)}`);
  return body;
}

async function readBounded(response: Response): Promise<string> {
  let text = '';
  if (response.body === null) return text;
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (text.length > maximumCharacters)
      return `${text.slice(0, maximumCharacters)}\n(cut after ${maximumCharacters} characters)`;
  }
  return text;
}
