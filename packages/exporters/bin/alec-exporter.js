#!/usr/bin/env node
import { launch } from '@alex/service/launch';

await launch({
  name: 'alec-exporter',
  bin: import.meta.url,
  entry: 'alec/index',
  run: async ({ command }) => (await import('@alex/service')).runMain(command),
});
