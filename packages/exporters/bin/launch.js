// Plain JavaScript that any Node can read: it checks the version before anything newer is loaded.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';

const parts = process.versions.node.split('.');
const isSupported = Number(parts[0]) > 22 || (Number(parts[0]) === 22 && Number(parts[1]) >= 18);

/** The Node that the workspace brings along, where there is one and this process is not it already. */
function workspaceNode() {
  const path = fileURLToPath(new URL('../../../node_modules/node/bin/node', import.meta.url));
  return existsSync(path) && !process.env.ALEX_EXPORTER_REEXECUTED ? path : undefined;
}

async function run({ exporter, command }) {
  const source = new URL(`../src/${exporter}/index.ts`, import.meta.url);
  const fromSource = existsSync(source);
  if (fromSource) {
    nodeModule.registerHooks({
      resolve: (specifier, context, next) =>
        next(specifier, { ...context, conditions: ['@alex/source', ...context.conditions] }),
    });
  }
  const built = new URL(`../dist/${exporter}/index.js`, import.meta.url);
  const found = await import(fromSource ? source.href : built.href);
  const { runMain } = await import('@alex/service');
  await runMain(found[command]);
}

/** Runs a command of an exporter, from the sources in a clone and from `dist` where it is installed. */
export async function launch({ name, bin, exporter, command = 'command' }) {
  if (isSupported) {
    await run({ exporter, command });
    return;
  }
  const node = workspaceNode();
  if (node === undefined) {
    process.stderr.write(
      `${name} needs Node 22.18 or newer, but this is ${process.version}.\n` +
        `Install a newer Node from https://nodejs.org, or run it through npm in the workspace: npx ${name}\n`,
    );
    process.exitCode = 2;
    return;
  }
  const child = spawn(node, [fileURLToPath(bin), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, ALEX_EXPORTER_REEXECUTED: '1' },
  });
  // Ctrl-C in a terminal reaches the child by itself; a kill reaches this process only.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code) => {
    process.exitCode = code ?? 130;
  });
}
