#!/usr/bin/env node
import { launch } from '@alex/service/launch';

await launch({
  name: 'dsfb-exporter',
  bin: import.meta.url,
  entry: 'dsfb/index',
  run: async ({ command }) => (await import('@alex/service')).runMain(command),
});
