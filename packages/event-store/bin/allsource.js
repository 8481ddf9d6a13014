#!/usr/bin/env node
// Plain JavaScript that any Node can read: it checks the version before anything newer is loaded.
const parts = process.versions.node.split('.');
if (Number(parts[0]) > 22 || (Number(parts[0]) === 22 && Number(parts[1]) >= 18)) {
  const { command } = await import('../dist/index.js');
  const { runMain } = await import('@alex/service');
  await runMain({ ...command, name: 'allsource' });
} else {
  process.stderr.write(`allsource needs Node 22.18 or newer, but this is ${process.version}.\n`);
  process.exitCode = 2;
}
