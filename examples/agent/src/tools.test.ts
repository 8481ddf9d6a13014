import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createToolbox, type Toolbox } from './tools.ts';

let folder: string;
let server: Server;
let baseUrl: string;
let toolbox: Toolbox;
const seenHeaders: Record<string, unknown>[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agent-tools-'));
  const root = join(folder, 'root');
  await mkdir(join(root, 'notes'), { recursive: true });
  await mkdir(join(root, 'node_modules'));
  await mkdir(join(folder, 'root-secrets'));
  await writeFile(join(folder, 'root-secrets', 'key.txt'), 'secret');
  await writeFile(join(folder, 'secret.txt'), 'secret');
  await writeFile(join(root, 'a.txt'), 'alpha\nBeta (x)\n');
  await writeFile(join(root, 'notes', 'b.md'), '# Beta\n');
  await writeFile(join(root, 'node_modules', 'c.js'), 'beta');
  await writeFile(join(root, 'binary.bin'), Buffer.from([1, 0, 2]));
  await writeFile(join(root, 'large.txt'), 'x'.repeat(100_000));
  await symlink(join(folder, 'secret.txt'), join(root, 'link.txt'));
  await symlink(folder, join(root, 'up'));
  await symlink(join(root, 'a.txt'), join(root, 'inner.txt'));
  server = createServer((request, response) => {
    seenHeaders.push(request.headers);
    if (request.url === '/redirect') response.writeHead(302, { location: 'http://example.com/' }).end();
    else if (request.url === '/broken') response.writeHead(503).end('overloaded');
    else if (request.url === '/large') response.end('y'.repeat(200_000));
    else if (request.url === '/slow') setTimeout(() => response.end('late'), 5000).unref();
    else response.end('fine');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  toolbox = createToolbox({ root, baseUrl, headers: () => ({ traceparent: 'here' }) });
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

const run = (name: string, input: object): Promise<unknown> => toolbox.run(name, JSON.stringify(input));
const output = (text: unknown): unknown => ({ output: text });
const error = (text: string): unknown => ({ error: expect.stringContaining(text) });

describe('files', () => {
  it('are listed below the root, without links, dependencies and folders', async () => {
    expect(await run('list_files', {})).toEqual(output('a.txt\nbinary.bin\nlarge.txt\nnotes/b.md'));
    expect(await run('list_files', { path: 'notes' })).toEqual(output('notes/b.md'));
  });

  it('are read as text, up to a limit that the result names', async () => {
    expect(await run('read_file', { path: 'a.txt' })).toEqual(output('alpha\nBeta (x)\n'));
    expect(await run('read_file', { path: './notes/../a.txt' })).toEqual(output('alpha\nBeta (x)\n'));
    expect(await run('read_file', { path: 'inner.txt' })).toEqual(output('alpha\nBeta (x)\n'));
    const large = (await run('read_file', { path: 'large.txt' })) as { output: string };
    expect(large.output).toHaveLength(65_536 + '\n(cut after 65536 bytes)'.length);
  });

  it('that cannot be read give an error that says why', async () => {
    expect(await run('read_file', { path: 'missing.txt' })).toEqual(error('no file or folder "missing.txt"'));
    expect(await run('read_file', { path: 'notes' })).toEqual(error('list_files'));
    expect(await run('read_file', { path: 'binary.bin' })).toEqual(error('not a text file'));
  });

  it('are searched literally, ignoring case', async () => {
    expect(await run('search_files', { query: 'beta' })).toEqual(output('a.txt:2: Beta (x)\nnotes/b.md:1: # Beta'));
    expect(await run('search_files', { query: '(X)' })).toEqual(output('a.txt:2: Beta (x)'));
    expect(await run('search_files', { query: '.*' })).toEqual(output('(no hits)'));
  });
});

describe('the sandbox', () => {
  it.each([
    '../secret.txt',
    '/etc/passwd',
    'notes/../../secret.txt',
    '../root-secrets/key.txt',
    'link.txt',
    'up/secret.txt',
    'up',
    '..',
  ])('refuses %s', async (path) => {
    expect(await run('read_file', { path })).toEqual(error('outside of the workspace'));
    expect(await run('list_files', { path })).toEqual(error('outside of the workspace'));
    expect(await run('search_files', { path, query: 'secret' })).toEqual(error('outside of the workspace'));
  });

  it('does not tell whether a file outside exists', async () => {
    expect(await run('read_file', { path: '../nothing-here' })).toEqual(error('outside of the workspace'));
  });

  it('refuses a path with a null character', async () => {
    expect(await run('read_file', { path: 'a.txt\0.md' })).toEqual(error('null character'));
  });
});

describe('http_get', () => {
  it('resolves a path against the base URL and hands on headers', async () => {
    expect(await run('http_get', { url: '/page' })).toEqual(output('fine'));
    expect(seenHeaders.at(-1)).toMatchObject({ traceparent: 'here' });
  });

  it.each(['http://169.254.169.254/latest', 'http://localhost/', 'file:///etc/passwd', '//example.com/'])(
    'refuses %s before any request',
    async (url) => {
      expect(await run('http_get', { url })).toEqual(error('are not allowed'));
    },
  );

  it('follows no redirect and reports a status that is no success', async () => {
    expect(await run('http_get', { url: '/redirect' })).toEqual(error('answered 302'));
    expect(await run('http_get', { url: '/broken' })).toEqual(error('answered 503: overloaded'));
  });

  it('says when nothing answers', async () => {
    const nowhere = createToolbox({ root: folder, allowedOrigins: ['http://127.0.0.1:1'] });
    const result = await nowhere.run('http_get', '{"url":"http://127.0.0.1:1/x"}');
    expect(result).toEqual(error('http://127.0.0.1:1 cannot be reached'));
  });

  it('cuts a long page', async () => {
    const { output: page } = (await run('http_get', { url: '/large' })) as { output: string };
    expect(page.length).toBeLessThan(33_000);
  });

  it('ends with the signal', async () => {
    const abort = new AbortController();
    const pending = toolbox.run('http_get', '{"url":"/slow"}', abort.signal);
    setTimeout(() => abort.abort(), 20);
    await expect(pending).rejects.toThrow('abort');
  });
});

describe('a call', () => {
  it('of an unknown tool, with broken JSON or without an argument is an error, not an exception', async () => {
    expect(await run('delete_files', {})).toEqual(error('there is no tool "delete_files"'));
    expect(await run('toString', {})).toEqual(error('there is no tool "toString"'));
    expect(await toolbox.run('read_file', '{"path":')).toEqual(error('JSON'));
    expect(await toolbox.run('read_file', 'null')).toEqual(error('not a JSON object'));
    expect(await run('read_file', {})).toEqual(error('"path" must be a text'));
    expect(await run('read_file', { path: 3 })).toEqual(error('"path" must be a text'));
  });

  it('of calculate gives a number without the noise of binary fractions', async () => {
    expect(await run('calculate', { expression: '0.1 + 0.2' })).toEqual(output('0.3'));
    expect(await run('calculate', { expression: '2 +' })).toEqual(error('unexpected end'));
  });

  it('is described to the model for every tool there is', async () => {
    const names = toolbox.definitions.map((definition) => definition.function.name);
    expect(names).toEqual(['list_files', 'read_file', 'search_files', 'calculate', 'http_get']);
    for (const name of names) expect(await run(name, { path: '/' })).not.toEqual(error('there is no tool'));
  });
});
