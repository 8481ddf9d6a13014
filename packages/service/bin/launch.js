// Plain JavaScript that any Node can read: it checks the version before anything newer is loaded.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';

const parts = process.versions.node.split('.');
const isSupported = Number(parts[0]) > 22 || (Number(parts[0]) === 22 && Number(parts[1]) >= 18);

/** Loads a package's module from the sources in a clone, and from `dist` where it is installed. */
async function load(bin, entry) {
  const source = new URL(`../src/${entry}.ts`, bin);
  if (!existsSync(source)) return await import(new URL(`../dist/${entry}.js`, bin).href);
  nodeModule.registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: ['@alex/source', ...context.conditions] }),
  });
  return await import(source.href);
}

/** The Node that the workspace brings along, where there is one and this process is not it already. */
function workspaceNode(bin) {
  const path = fileURLToPath(new URL('../../../node_modules/node/bin/node', bin));
  return existsSync(path) && !process.env.ALEX_REEXECUTED ? path : undefined;
}

function runWith(node, bin) {
  const child = spawn(node, [...process.execArgv, fileURLToPath(bin), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, ALEX_REEXECUTED: '1' },
  });
  // Ctrl-C in a terminal reaches the child by itself; a kill reaches this process only.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code) => {
    process.exitCode = code ?? 130;
  });
}

export async function launch({ name, bin, entry, run }) {
  if (isSupported) {
    await run(await load(bin, entry));
    return;
  }
  const node = workspaceNode(bin);
  if (node !== undefined) {
    runWith(node, bin);
    return;
  }
  process.stderr.write(
    `${name} needs Node 22.18 or newer, but this is ${process.version}.\n` +
      `Install a newer Node from https://nodejs.org, or run it through npm in the workspace: npx ${name}\n`,
  );
  process.exitCode = 2;
}
