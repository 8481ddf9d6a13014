#!/usr/bin/env node
import { launch } from '@alex/service/launch';

await launch({
  name: 'lead-factory-metrics',
  bin: import.meta.url,
  entry: 'lead-factory/index',
  run: async ({ leadFactoryMetrics }) => (await import('@alex/service')).runMain(leadFactoryMetrics),
});
