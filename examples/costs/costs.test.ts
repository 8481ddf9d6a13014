import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('the agent stops when its budget is used up, and ends by itself', async () => {
  const home = await mkdtemp(join(tmpdir(), 'costs-example-'));
  const path = fileURLToPath(new URL('index.ts', import.meta.url));
  const env = { PATH: process.env['PATH'], HOME: home, USERPROFILE: home, TMPDIR: home };
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@alex/source', path], {
    env,
    timeout: 15_000,
  });
  expect(stdout.split('\n').slice(0, 5)).toEqual([
    'step 1: answered',
    'step 2: answered',
    'step 3: answered',
    'step 4: answered',
    'step 5: stopped, the scaling gate is active: daily $1.80 of $2.00 (90.0%)',
  ]);
  await rm(home, { recursive: true });
});
