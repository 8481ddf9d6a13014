import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);

async function start(file: string): Promise<readonly string[]> {
  const home = await mkdtemp(join(tmpdir(), 'quickstart-'));
  const env = { PATH: process.env['PATH'], HOME: home, USERPROFILE: home, ALEX_METRICS_PORT: '0' };
  const path = fileURLToPath(new URL(file, import.meta.url));
  const { stdout } = await run(process.execPath, ['--conditions=@alex/source', path], { env, timeout: 15_000 });
  await rm(home, { recursive: true });
  return stdout.trim().split('\n');
}

describe('the quickstart', () => {
  it.each(['index.ts', 'index.cjs'])(
    '%s shows its log line, its metrics and its cost, and ends by itself',
    async (file) => {
      const lines = await start(file);
      const done = lines.flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));
      expect(done).toContainEqual(expect.objectContaining({ level: 'INFO', msg: 'Done' }));
      expect(lines).toContain('alex_llm_requests_total{model="gpt-4o-mini",status="success"} 1');
      expect(lines).toContain('alex_tool_executions_total{tool_name="read_file",status="success"} 1');
      const cost = lines.find((line) => line.startsWith('alex_cost_total{'))?.split(' ')[1];
      expect(Number(cost)).toBeGreaterThan(0);
    },
  );
});
