import { readdirSync, readFileSync } from 'node:fs';
import type { Gauge } from '../instrument.ts';
import type { Registry } from '../registry.ts';
import { processCatalog as catalog } from './catalog.ts';
import type { MeasuredPart } from './measured-part.ts';

/** CPU, start time, file descriptors and address space. What only Linux tells has no series elsewhere. */
export function operatingSystemMetrics(registry: Registry): MeasuredPart {
  const cpu = registry.counter(catalog.cpu);
  const startTime = registry.gauge(catalog.startTime);
  const version = registry.info(catalog.version);
  const optional = [
    { gauge: registry.gauge(catalog.openFiles), read: openFileCount },
    { gauge: registry.gauge(catalog.maxFiles), read: maxFileCount },
    { gauge: registry.gauge(catalog.virtualMemory), read: virtualMemoryBytes },
  ];
  startTime.labels().set(Math.round(Date.now() - process.uptime() * 1000) / 1000);
  const [major = '', minor = '', patch = ''] = process.versions.node.split('.');
  version.set(process.version, major, minor, patch);
  let counted = 0;
  return {
    collect() {
      const { user, system } = process.cpuUsage();
      const seconds = (user + system) / 1e6;
      cpu.labels().add(Math.max(0, seconds - counted));
      counted = Math.max(counted, seconds);
      for (const { gauge, read } of optional) setOrRemove(gauge, read);
    },
    stop() {
      for (const family of [cpu, startTime, version, ...optional.map(({ gauge }) => gauge)]) family.clear();
    },
  };
}

function setOrRemove(gauge: Gauge, read: () => number): void {
  try {
    gauge.labels().set(read());
  } catch {
    gauge.clear();
  }
}

function openFileCount(): number {
  // One of them is the listing's own.
  return readdirSync('/proc/self/fd').length - 1;
}

function maxFileCount(): number {
  const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  if (limit === undefined) throw new Error('unlimited');
  return Number(limit);
}

function virtualMemoryBytes(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  // proc(5): the 23rd field; the second one, the name, may hold blanks and ends with the last parenthesis.
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[20]);
}
