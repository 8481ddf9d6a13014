import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

/** A whole command that serves, as a program of its own. */
const program = `
import { defineCommand, runMain, runService, serviceOptions } from '@alex/service';
await runMain(defineCommand({
  name: 'example',
  summary: 'Serves nothing much.',
  version: '1.0.0',
  examples: ['example --port 0'],
  options: {
    ...serviceOptions({ port: 0 }),
    lines: { type: 'integer', default: 0, description: 'Print so many lines and end.' },
    hang: { type: 'boolean', description: 'Never end the work.' },
  },
  untilInterrupted: true,
  async run({ options, io, print }) {
    for (let line = 0; line < options.lines; line++) print('line ' + line);
    if (options.lines > 0) return 0;
    const stop = () => (options.hang ? new Promise(() => {}) : undefined);
    const service = await runService({ name: 'example', version: '1.0.0', options, stop }, { io });
    return await service.closed;
  },
}));
`;
const folder = fileURLToPath(new URL('../..', import.meta.url));
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function run(args: readonly string[], command?: string) {
  const node = ['--conditions=@alex/source', '--input-type=module', '-e', program, 'example', ...args];
  const child = command
    ? spawn('sh', ['-c', `"$0" "$@" ${command}`, process.execPath, ...node], { cwd: folder })
    : spawn(process.execPath, node, { cwd: folder });
  children.push(child);
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => (output.stdout += data));
  child.stderr.on('data', (data) => (output.stderr += data));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const url = async (): Promise<string> => {
    await expect.poll(() => output.stderr, { timeout: 10_000 }).toContain('listening on ');
    return /listening on (\S+)/.exec(output.stderr)![1]!;
  };
  return { child, output, ended, url };
}

describe('a command that serves, as a process', () => {
  it('lives until SIGTERM, then ends with 0', async () => {
    const { child, ended, url } = run([]);
    expect((await fetch(`${await url()}/health`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  it('is ended at once by a second signal', async () => {
    const { child, ended, url } = run(['--hang', '--shutdown-timeout', '1m']);
    const base = await url();
    child.kill('SIGINT');
    await expect.poll(() => fetch(`${base}/health`).catch(() => 'closed')).toBe('closed');
    child.kill('SIGINT');
    expect(await ended).toBe(130);
  });

  it('ends with 1 and a clear error when the port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const { ended, output } = run(['--port', String(port)]);
    expect(await ended).toBe(1);
    expect(output.stderr).toContain(`error: Port ${port} on 127.0.0.1 is taken`);
    expect(output.stderr).not.toContain('    at ');
    other.close();
  });

  it('writes all of a long output into a pipe', async () => {
    const { ended, output } = run(['--lines', '20000'], '| cat');
    await ended;
    expect(output.stdout.split('\n').length).toBe(20_001);
  });

  it('is quiet when its reader goes away', async () => {
    const { ended, output } = run(['--lines', '200000'], '| head -1');
    await ended;
    expect(output).toEqual({ stdout: 'line 0\n', stderr: '' });
  });

  it.skipIf(!existsSync('/dev/full'))('ends with 1 when its output cannot be written', async () => {
    const { ended, output } = run(['--lines', '3'], '> /dev/full');
    expect(await ended).toBe(1);
    expect(output.stderr).toMatch(/^error: the output could not be written: ENOSPC.*\n$/);
  });
});
