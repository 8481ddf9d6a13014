#!/usr/bin/env node
// Plain JavaScript that any Node can read: it checks the version before anything newer is loaded.
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';

const [major, minor] = process.versions.node.split('.').map(Number);

async function run() {
  const source = new URL('../src/lead-factory/index.ts', import.meta.url);
  const fromSource = existsSync(source);
  if (fromSource) {
    nodeModule.registerHooks({
      resolve: (specifier, context, next) =>
        next(specifier, { ...context, conditions: ['@alex/source', ...context.conditions] }),
    });
  }
  const { leadFactoryMetrics } = await import(
    fromSource ? source.href : new URL('../dist/lead-factory/index.js', import.meta.url).href
  );
  const { runMain } = await import('@alex/service');
  await runMain(leadFactoryMetrics);
}

if (major > 22 || (major === 22 && minor >= 18)) {
  await run();
} else {
  process.stderr.write(`lead-factory-metrics needs Node 22.18 or newer, but this is ${process.version}.\n`);
  process.exitCode = 2;
}
