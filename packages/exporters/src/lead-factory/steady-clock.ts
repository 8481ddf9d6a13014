/** A clock that is set back further than this is believed. */
const tolerableMs = 3_600_000;

/**
 * A clock that does not go back by less than an hour: it stands still until the time is reached again. What was spent
 * before a small correction of the machine's clock stays counted, and the gate does not open because of one.
 */
export function steadyClock(now: () => number): () => number {
  let latest = Number.NEGATIVE_INFINITY;
  return () => {
    const time = now();
    latest = time < latest && latest - time < tolerableMs ? latest : time;
    return latest;
  };
}
