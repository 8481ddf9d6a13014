import type { Child } from './child.ts';

export interface KillRounds {
  readonly rounds: number;
  /** Starts the process of a round. */
  readonly start: (round: number) => Promise<Child>;
  /** The longest time that a round lets it work, milliseconds; the moment is drawn below it. */
  readonly longestMs: number;
  /** Looks at what the killed process left. */
  readonly check: (round: number) => Promise<void>;
  readonly signal?: NodeJS.Signals;
  /** Same seed, same moments. */
  readonly seed?: number;
}

/** Kills a process at drawn moments, round after round, and checks what is left each time. */
export async function killRounds({
  rounds,
  start,
  longestMs,
  check,
  signal = 'SIGKILL',
  seed = 1,
}: KillRounds): Promise<void> {
  let state = seed >>> 0;
  for (let round = 0; round < rounds; round++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const child = await start(round);
    await new Promise((resolve) => setTimeout(resolve, (state / 2 ** 32) * longestMs));
    await child.stop(signal);
    await check(round);
  }
}
