import { readFileSync } from 'node:fs';
import type { Registry } from '@alex/openmetrics';
import { samplesOf } from '@alex/openmetrics/testing';

export type Samples = Readonly<Record<string, number>>;

/** Every sample but buckets and sums, as `name{label=value}`, without `allsource_`. */
export function samples(registry: Registry): Samples {
  return Object.fromEntries(
    samplesOf(registry)
      .filter(({ name }) => !/_(bucket|sum)$/.test(name))
      .map(({ name, labels, value }) => {
        const pairs = Object.entries(labels).map(([label, text]) => `${label}=${text}`);
        return [name.replace(/^allsource_/, '') + (pairs.length > 0 ? `{${pairs.join(',')}}` : ''), value];
      }),
  );
}

/** What some work changed, and by how much. Families of HTTP, storage and process are exempt. */
export async function movement(registry: Registry, work: () => unknown): Promise<Samples> {
  const before = samples(registry);
  await work();
  const after = samples(registry);
  return Object.fromEntries(
    Object.entries(after)
      .map(([name, value]) => [name, value - (before[name] ?? 0)] as const)
      .filter(([name, change]) => change !== 0 && !/^(http_|storage_|parquet_|wal_|process_|nodejs_)/.test(name)),
  );
}

/** The names of the families of the guide that the project was founded on, from a copy of its tables. */
export function guideNames(): string[] {
  const text = readFileSync(new URL('./guide-names.txt', import.meta.url), 'utf8');
  return text.trim().split('\n');
}
