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

/** The listeners for signals of all instances, and how many of them are finishing. */
const signalListeners = new Set<unknown>();
let finishingOnSignal = 0;

/**
 * Finishes before a process ends because nothing is left to do, and on the given signals, which take their course
 * afterwards. Returns a function that removes the hooks.
 */
export function installExitHooks({ finish, signals }: ExitHooks): () => void {
  const onSignal = (signal: NodeJS.Signals): void => {
    // Whoever else listens ends the program when it is done; a listener for once is gone by the time we are.
    const isOurs = process.listeners(signal).every((listener) => signalListeners.has(listener));
    remove();
    finishingOnSignal += 1;
    void holdProcess(finish, finishMs).finally(() => {
      finishingOnSignal -= 1;
      // The last instance lets the signal do what it would have done without us.
      const isFree = finishingOnSignal === 0 && process.listenerCount(signal) === 0;
      if (isOurs && isFree) process.kill(process.pid, signal);
    });
  };
  const remove = (): void => {
    finishers.delete(finish);
    signalListeners.delete(onSignal);
    if (finishers.size === 0) process.off('beforeExit', onBeforeExit);
    for (const signal of signals) process.off(signal, onSignal);
  };
  if (finishers.size === 0) process.on('beforeExit', onBeforeExit);
  finishers.add(finish);
  signalListeners.add(onSignal);
  for (const signal of signals) listen(signal, onSignal);
  return remove;
}

/**
 * Listens before all others, to see them. What cannot be listened to (SIGKILL, a word that is no signal) is left out: the
 * others shall work.
 */
function listen(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): void {
  try {
    process.prependListener(signal, listener);
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
