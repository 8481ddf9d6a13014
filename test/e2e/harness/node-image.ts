import { execFileSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ImageDescription } from './docker.ts';

/** What stands for the official image of Node: the Node of this test run, this machine's npm and libraries, and the user `node`. */
export function nodeImage(tag: string): ImageDescription {
  const npm = join(realpathSync(execFileSync('which', ['npm'], { encoding: 'utf8' }).trim()), '../..');
  const certificates = process.env['NODE_EXTRA_CA_CERTS'];
  return {
    tag,
    programs: {
      'bin/node': process.execPath,
      'lib/npm': npm,
      ...Object.fromEntries(librariesOf(process.execPath).map((path) => [path, path])),
      ...(certificates ? { 'etc/extra.pem': certificates } : {}),
    },
    links: { 'usr/bin': '../bin', 'bin/npm': '../lib/npm/bin/npm-cli.js' },
    user: '0',
    accounts: ['node'],
    env: {
      npm_config_registry: execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim(),
      ...(certificates ? { NODE_EXTRA_CA_CERTS: '/etc/extra.pem' } : {}),
    },
  };
}

/** The shared libraries that a program is linked with, the loader, and what native modules use of the C library beside them. */
function librariesOf(program: string): string[] {
  const lines = execFileSync('ldd', [program], { encoding: 'utf8' }).split('\n');
  const linked = lines.flatMap((line) => /(\/\S+) \(0x/.exec(line)?.[1] ?? []);
  const folder = dirname(linked.find((path) => path.includes('/libc.so'))!);
  return [...linked, ...['librt.so.1', 'libresolv.so.2'].map((name) => join(folder, name))];
}
