import { APIConnectionError, APIError, APIUserAbortError } from 'openai';
import { describe, expect, it } from 'vitest';
import { type Patience, patiently } from './patience.ts';

const failure = (status: number, headers: Record<string, string> = { 'retry-after-ms': '1' }): APIError =>
  APIError.generate(status, undefined, 'failed', new Headers(headers));

async function run(errors: readonly Error[], patience: Partial<Patience> = {}): Promise<number[]> {
  const waits: number[] = [];
  const onRetry = ({ waitMs }: { readonly waitMs: number }): void => void waits.push(waitMs);
  const attempt = async (retries: number): Promise<number[]> => {
    const error = errors[retries];
    if (error !== undefined) throw error;
    return waits;
  };
  return await patiently(attempt, { maxRetries: 3, onRetry, ...patience });
}

describe('patiently', () => {
  it('waits as long as it is asked to', async () => {
    const errors = [failure(429, { 'retry-after-ms': '3' }), failure(503, { 'retry-after': '0.01' })];
    expect(await run(errors)).toEqual([3, 10]);
  });

  it('gives up with the last error', async () => {
    const errors = [failure(500), failure(500), failure(529)];
    await expect(run(errors, { maxRetries: 2 })).rejects.toBe(errors[2]);
  });

  it.each([failure(400), failure(401), failure(404), new Error('mine'), new APIUserAbortError()])(
    'does not try again after %s',
    async (error) => {
      await expect(run([error])).rejects.toBe(error);
    },
  );

  it('stops waiting when it is aborted', async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 20);
    const pending = run([new APIConnectionError({ message: 'down' })], { signal: abort.signal });
    await expect(pending).rejects.toMatchObject({ name: 'AbortError' });
  });
});
