import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { captureIo, runCommand } from '@alex/service';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { command } from '../main.ts';

const bin = fileURLToPath(new URL('../../bin/alex-obs.js', import.meta.url));
let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'alex-demo-test-'));
});
afterAll(() => rmSync(home, { recursive: true }));

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function start(args: readonly string[]) {
  const child = spawn(process.execPath, [bin, ...args], { env: { ...process.env, HOME: home, TMPDIR: home } });
  children.push(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => (output.stdout += data));
  child.stderr.on('data', (data) => (output.stderr += data));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, output, ended };
}

describe('alex-obs demo', () => {
  it('ends by itself with --once, and tells as JSON what it cost', async () => {
    const { io, output } = captureIo({ env: { HOME: home } });
    const argv = ['demo', '--once', '--rounds', '1', '--sessions', '3', '--speed', '50', '--port', '0', '--json'];
    expect(await runCommand(command, argv, io)).toBe(0);
    const { stdout, stderr } = output();
    const summary = JSON.parse(stdout);
    expect(summary).toMatchObject({ sessions: 3, costUsd: expect.any(Number), models: expect.any(Object) });
    expect(summary.inputTokens).toBeGreaterThan(1000);
    expect(summary.costUsd).toBeGreaterThan(0);
    expect(stderr).toMatch(/^Metrics {2}http:\/\/127\.0\.0\.1:\d+\/metrics$/m);
    const [, port] = /^Metrics .*:(\d+)\/metrics$/m.exec(stderr) ?? [];
    expect(stderr).toContain(`Try      npx alex-obs metrics ${port}   (Ctrl-C`);
    expect(stderr.match(/: (success|error) after \d+ steps? /g)).toHaveLength(3);
    expect(readFileSync(summary.logFile, 'utf8')).toContain('"session_id":"');
    rmSync(join(summary.logFile, '..'), { recursive: true });
  });

  it('says when its port is taken and takes a free one', async () => {
    const taken: Server = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const { output, ended } = start(['demo', '--once', '--rounds', '1', '-n', '1', '--speed', '50', '-p', `${port}`]);
    expect(await ended).toBe(0);
    expect(output.stderr).toContain(`(port ${port} is taken)`);
    expect(output.stdout).toContain('1 session, ');
    taken.close();
  });

  it('keeps its metrics open until Ctrl-C, then prints the summary and ends with 0', async () => {
    const { child, output, ended } = start(['demo', '-n', '1', '--rounds', '1', '--speed', '50', '-p', '0']);
    await expect.poll(() => output.stderr, { timeout: 15_000 }).toMatch(/ after \d+ step/);
    const url = /Metrics {2}(\S+)/.exec(output.stderr)![1]!;
    const { io, output: table } = captureIo();
    expect(await runCommand(command, ['metrics', url, '--filter', 'alex_tasks'], io)).toBe(0);
    expect(table().stdout).toMatch(/alex_tasks .*\n {2}status=success +1\n/);
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(output.stdout).toContain('1 session, 1 succeeded');
  });
});

describe('the bin', () => {
  it('runs from the source, and passes on exit codes', async () => {
    expect(await start(['version']).ended).toBe(0);
    const wrong = start(['conifg']);
    expect(await wrong.ended).toBe(2);
    expect(wrong.output.stderr).toContain('(Did you mean config?)');
  });
});
