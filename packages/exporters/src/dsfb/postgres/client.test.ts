import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { postgresTarget } from './client.ts';

let server: Server | undefined;
afterEach(() => void server?.close());

/** A server that lets anybody in and answers each statement with the same bytes. */
function answering(answer: Buffer): Promise<string> {
  const letIn = Buffer.concat([message('R', Buffer.alloc(4)), message('Z', Buffer.from('I'))]);
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(letIn);
      socket.on('data', () => socket.write(answer));
    });
  });
  return new Promise((resolve) => {
    server!.listen(0, '127.0.0.1', () => {
      const { port } = server!.address() as { port: number };
      resolve(`postgres://watcher:secret@127.0.0.1:${port}/shop`);
    });
  });
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

describe('a PostgreSQL server', () => {
  it('whose message cannot be parsed fails the query and breaks the connection, not the process', async () => {
    // A description of 32 767 columns that ends after the first letter of the first one.
    const target = await postgresTarget(await answering(message('T', Buffer.from([0x7f, 0xff, 0x61]))), 1000);
    const connection = await target.connect();
    await expect(connection.query('select 1')).rejects.toThrow();
    expect(connection.broken).toBe(true);
  });

  it('is named without its credentials', async () => {
    expect((await postgresTarget('postgresql://watcher:secret@db:5433/shop', 1000)).place).toBe('db:5433/shop');
  });

  it.each(['host=db password=secret dbname=shop', 'db:5432/shop', 'http://watcher:secret@db/shop'])(
    'is given by a URL, and %s is none: its text, which may hold a password, is not shown',
    async (url) => {
      const error = await postgresTarget(url, 1000).catch((reason: Error) => reason);
      expect(error).toMatchObject({ message: expect.stringContaining('must begin with postgres://') });
      expect((error as Error).message).not.toContain('secret');
    },
  );
});
