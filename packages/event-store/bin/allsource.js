#!/usr/bin/env node
import { launch } from '@alex/service/launch';

await launch({
  name: 'allsource',
  bin: import.meta.url,
  entry: 'index',
  run: async ({ command }) => (await import('@alex/service')).runMain({ ...command, name: 'allsource' }),
});
