/** Asks again until `probe` gives something other than `undefined`, or fails after `timeoutMs` naming what was waited for. */
export async function waitFor<Result>(
  what: string,
  probe: () => Promise<Result | undefined> | Result | undefined,
  { timeoutMs = 30_000, everyMs = 100 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<Result> {
  const end = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const result = await probe();
      if (result !== undefined) return result;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end)
      throw new Error(`Waited ${timeoutMs} ms for ${what}`, last === undefined ? {} : { cause: last });
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
