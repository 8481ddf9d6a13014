import type { Registry } from '@alex/openmetrics';
import { catalog } from '../catalog.ts';
import { motifs } from '../motif.ts';
import { type DsfbMonitor, rejectReasons } from './monitor.ts';

type RuntimeKey =
  | 'episodesOpen'
  | 'channels'
  | 'channelsEvicted'
  | 'residualsRejected'
  | 'sourceUp'
  | 'sourceErrors'
  | 'sourceNewest'
  | 'buildInfo';

const { episodesOpen, channels, channelsEvicted, residualsRejected, sourceUp, sourceErrors, sourceNewest, buildInfo } =
  catalog;

/** The families of the running exporter, beside the six that the snapshot has. */
export const runtimeCatalog: Pick<typeof catalog, RuntimeKey> = {
  episodesOpen,
  channels,
  channelsEvicted,
  residualsRejected,
  sourceUp,
  sourceErrors,
  sourceNewest,
  buildInfo,
};

/** Declares what a monitor can tell beside its snapshot, and reads it at each collect. */
export function observeMonitor(registry: Registry, monitor: DsfbMonitor): void {
  const open = registry.gauge(episodesOpen);
  const observed = registry.gauge(channels);
  const evicted = registry.counter(channelsEvicted);
  const rejected = registry.counter(residualsRejected);
  const newest = registry.gauge(sourceNewest);
  for (const motif of motifs) evicted.declareSeries([motif]);
  for (const reason of rejectReasons) rejected.declareSeries([reason]);
  const told = new Map<string, number>();
  const growthOf = (key: string, total: number): number => {
    const growth = total - (told.get(key) ?? 0);
    told.set(key, total);
    return growth;
  };
  registry.onCollect(() => {
    for (const motif of motifs) {
      const count = monitor.channels(motif);
      open.labels(motif).set(monitor.open(motif).length);
      observed.labels(motif).set(count.observed);
      evicted.labels(motif).add(growthOf(motif, count.evicted));
    }
    for (const reason of rejectReasons) rejected.labels(reason).add(growthOf(reason, monitor.rejected[reason]));
    for (const { source, heardAt } of monitor.sources) {
      if (heardAt !== undefined) newest.labels(source).set(heardAt / 1000);
    }
  });
}
