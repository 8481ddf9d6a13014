import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readInput } from '@alex/exporters/dsfb';
import { expect, it } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));

it('the example finds both faults of the shop', () => {
  const text = execFileSync(process.execPath, ['--conditions=@alex/source', 'index.ts'], {
    cwd: here,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  expect(text).toMatch(/dsfb_episodes_total\{motif="plan_regression_onset"\} [1-9]/);
  expect(text).toMatch(/dsfb_episodes_total\{motif="contention_ramp"\} [1-9]/);
  expect(text).toContain('dsfb_streaming_residuals_flushed_total 240\n');
  expect(text).toContain('dropped_out_of_window_total 0\n');
});

it('the recording is residuals only', async () => {
  let count = 0;
  for await (const { record } of readInput([readFileSync(`${here}residuals.ndjson`)])) {
    expect(record.kind).toBe('residual');
    count++;
  }
  expect(count).toBe(240);
});
