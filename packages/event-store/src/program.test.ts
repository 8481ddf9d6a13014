import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const bin = fileURLToPath(new URL('../bin/allsource.js', import.meta.url));

function run(...nodeOptions: string[]) {
  return spawnSync(process.execPath, [...nodeOptions, bin, 'core', '--help'], {
    encoding: 'utf8',
    env: { ...process.env, ALEX_REEXECUTED: '1' },
  });
}

it('the program runs from the sources of a clone, with the options of node that it is given', () => {
  const { status, stdout } = run('--optimize-for-size');
  expect(stdout).toContain('Usage: allsource core [options]');
  expect(status).toBe(0);
});

it('the program says what it needs on a Node that is too old', () => {
  const old = 'Object.defineProperty(process, "versions", { value: { node: "20.1.0" } })';
  const { status, stderr } = run('--import', `data:text/javascript,${encodeURIComponent(old)}`);
  expect(stderr).toMatch(/^allsource needs Node 22\.18 or newer/);
  expect(status).toBe(2);
});
