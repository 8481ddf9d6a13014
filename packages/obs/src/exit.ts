/** What an instance does when its process is about to end. */
export interface ExitHooks {
  /** Flushes and closes; bounded in time. */
  readonly finish: () => Promise<unknown>;
  readonly signals: readonly NodeJS.Signals[];
}

/** `finish` ends earlier by its own deadline. */
const finishMs = 10_000;

/** Of all instances of the process, which share one listener. */
const finishers = new Set<() => Promise<unknown>>();

/**
 * Finishes before a process ends because nothing is left to do, and on the given signals, which take their course
 * afterwards. Returns a function that removes the hooks.
 */
export function installExitHooks({ finish, signals }: ExitHooks): () => void {
  const onSignal = (signal: NodeJS.Signals): void => {
    remove();
    void holdProcess(finish, finishMs).finally(() => {
      // With no other listener left, the signal does what it would have done without us.
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    });
  };
  const remove = (): void => {
    finishers.delete(finish);
    if (finishers.size === 0) process.off('beforeExit', onBeforeExit);
    for (const signal of signals) process.off(signal, onSignal);
  };
  if (finishers.size === 0) process.on('beforeExit', onBeforeExit);
  finishers.add(finish);
  for (const signal of signals) listen(signal, onSignal);
  return remove;
}

/** What cannot be listened to (SIGKILL, a word that is no signal) is left out: the others shall work. */
function listen(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): void {
  try {
    process.on(signal, listener);
  } catch {
    process.off(signal, listener);
  }
}

/** Each finishes once: finishing is work, after which the process is about to end again. */
function onBeforeExit(): void {
  for (const finish of finishers) {
    finishers.delete(finish);
    void holdProcess(finish, finishMs);
  }
  process.off('beforeExit', onBeforeExit);
}

/**
 * Does work that somebody waits for. Sockets and timers of ours are unref'd, so that one timer that is not holds the
 * process until the work is done, or for `maximumMs`.
 */
export async function holdProcess<Result>(work: () => Promise<Result>, maximumMs: number): Promise<Result> {
  const timer = setTimeout(() => {}, Math.min(maximumMs + 1000, 2 ** 31 - 1));
  try {
    return await work();
  } finally {
    clearTimeout(timer);
  }
}
