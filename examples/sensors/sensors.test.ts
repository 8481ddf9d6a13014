import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('the example reports the sensor that sticks, shows metrics and ends by itself', async () => {
  const path = fileURLToPath(new URL('index.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@alex/source', path], {
    env: { PATH: process.env['PATH'], PORT: '0' },
    timeout: 15_000,
  });
  for (const event of ['BASELINE_LOCKED', 'COMPLEXITY_SURGE', 'REDUNDANCY_DROP', 'STRUCTURE_BREAK']) {
    expect(stdout).toMatch(new RegExp(`^2024-02-01T00:\\d\\d:\\d\\d.*${event}: `, 'm'));
  }
  expect(stdout).toMatch(/^alec_resilience_index 0\.\d+$/m);
});
