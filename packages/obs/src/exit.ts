/** What an instance does when its process is about to end. */
export interface ExitHooks {
  /** Flushes and closes; bounded in time. */
  readonly finish: () => Promise<unknown>;
  readonly signals: readonly NodeJS.Signals[];
}

/** Of all instances of the process, which share one listener. */
const finishers = new Set<() => Promise<unknown>>();

/**
 * Finishes before a process ends because nothing is left to do, and on the given signals, which take their course
 * afterwards. Returns a function that removes the hooks.
 */
export function installExitHooks({ finish, signals }: ExitHooks): () => void {
  const onSignal = (signal: NodeJS.Signals): void => {
    remove();
    void hold(finish).finally(() => {
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
  for (const signal of signals) process.on(signal, onSignal);
  return remove;
}

/** Each finishes once: finishing is work, after which the process is about to end again. */
function onBeforeExit(): void {
  for (const finish of finishers) {
    finishers.delete(finish);
    void hold(finish);
  }
  process.off('beforeExit', onBeforeExit);
}

/** Sockets and timers of ours are unref'd: one timer that is not holds the process until the work is done. */
async function hold(finish: () => Promise<unknown>): Promise<void> {
  const timer = setTimeout(() => {}, 10_000);
  try {
    await finish();
  } finally {
    clearTimeout(timer);
  }
}
