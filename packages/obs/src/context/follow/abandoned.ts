import type { Watch } from './watch.ts';

let registry: FinalizationRegistry<Watch> | undefined;

/** Ends the watch as `abandoned` when the collector takes `target` before the watch is over. */
export function watchForAbandonment(target: object, watch: Watch): void {
  registry ??= new FinalizationRegistry((lost) => lost.end({ ending: 'abandoned' }));
  registry.register(target, watch, watch);
}

/** The watch is over: nothing of it waits for the collector any more. */
export function forgetAbandonment(watch: Watch): void {
  registry?.unregister(watch);
}
