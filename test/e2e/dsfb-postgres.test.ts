import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Child, Postgres, waitFor } from './harness/index.ts';

const bin = fileURLToPath(new URL('../../packages/exporters/bin/dsfb-exporter.js', import.meta.url));
const started: { stop(): unknown }[] = [];
let postgres: Postgres;

interface Episode {
  readonly source: string;
  readonly motif: string;
  readonly channel: string;
  readonly peak: number;
}

interface Exporter {
  readonly child: Child;
  readonly url: string;
  episodes(): Promise<{ readonly open: readonly Episode[]; readonly recent: readonly Episode[] }>;
  /** The value of one sample of `/metrics`. */
  metric(sample: string): Promise<number | undefined>;
}

async function startExporter(...args: string[]): Promise<Exporter> {
  const child = new Child(process.execPath, [bin, 'serve', '--port', '0', '--poll-interval', '1s', ...args]);
  started.push(child);
  const [, url] = await child.prints(/listening on (http:\S+)/);
  return {
    child,
    url: url!,
    episodes: async () => (await (await fetch(`${url}/episodes`)).json()) as never,
    async metric(sample) {
      const text = await (await fetch(`${url}/metrics`)).text();
      const line = text.split('\n').find((one) => one.startsWith(`${sample} `));
      return line === undefined ? undefined : Number(line.slice(sample.length + 1));
    },
  };
}

async function connect(database = 'postgres', role = 'postgres'): Promise<pg.Client> {
  const client = new pg.Client(postgres.url(database, role));
  client.on('error', () => {});
  await client.connect();
  started.push({ stop: () => client.end().catch(() => {}) });
  return client;
}

/** Runs a statement over and over until the function that comes back is called. */
function keepRunning(client: pg.Client, sql: string, pauseMs: number): () => Promise<void> {
  let running = true;
  const loop = (async () => {
    while (running) {
      await client.query(sql);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  })();
  loop.catch(() => {});
  return async () => {
    running = false;
    await loop;
  };
}

const seconds = (count: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, count * 1000));

beforeAll(async () => {
  postgres = await Postgres.start({
    settings: {
      shared_preload_libraries: 'pg_stat_statements',
      shared_buffers: '4MB',
      track_io_timing: 'on',
      autovacuum: 'off',
      max_parallel_workers_per_gather: '0',
    },
  });
  const admin = await connect();
  await admin.query('create extension pg_stat_statements');
  await admin.query('create database bare');
  await admin.query('create role watcher login');
  await admin.query('grant pg_monitor to watcher');
  await admin.query('create role nobody_special login');
  await admin.query(
    'create table items as select n as key, repeat(md5(n::text), 4) as payload from generate_series(1, 60000) n',
  );
  await admin.query('create index items_key on items (key)');
  await admin.query(
    'create table small as select n, repeat(md5(n::text), 2) as payload from generate_series(1, 3000) n',
  );
  await admin.query('create table accounts (id int primary key, balance int)');
  await admin.query('insert into accounts values (1, 0)');
  await admin.query('create table growing (n int)');
  await admin.query('insert into growing select generate_series(1, 100)');
  await admin.query('analyze');
});

afterAll(async () => {
  for (const one of started.reverse()) await one.stop();
  postgres?.stop();
});

describe('over a real PostgreSQL', () => {
  it('a plan regression, a cache collapse, a lock pile-up and stale statistics become episodes', async () => {
    const exporter = await startExporter(
      '--postgres',
      postgres.url('postgres', 'watcher'),
      '--baseline-intervals',
      '3',
    );
    const [admin, reader, scanner, holder] = [await connect(), await connect(), await connect(), await connect()];
    await waitFor(
      'the source',
      async () =>
        (await exporter.metric(`dsfb_source_up{source="127.0.0.1:${postgres.port}/postgres"}`)) === 1 || undefined,
    );

    const stopReading = keepRunning(reader, 'select payload from items where key = 4711', 20);
    const stopScanning = keepRunning(scanner, 'select count(*) from small', 50);
    await seconds(7);
    await stopScanning();

    await admin.query('drop index items_key');
    const stopBigScans = keepRunning(scanner, 'select count(payload) from items', 100);
    await admin.query('insert into growing select generate_series(1, 50000)');
    await holder.query('begin');
    await holder.query('update accounts set balance = balance + 1 where id = 1');
    const waiters = await Promise.all(
      [1, 2, 3].map(async () => {
        const client = await connect();
        const waits = client.query('update accounts set balance = balance + 1 where id = 1');
        waits.catch(() => {});
        return { waits };
      }),
    );

    const open = await waitFor(
      'all four to be open',
      async () => {
        const found = await exporter.episodes();
        return new Set(found.open.map(({ motif }) => motif)).size >= 4 ? found.open : undefined;
      },
      { timeoutMs: 20_000 },
    );
    const { rows } = await admin.query(
      "select queryid::text as id from pg_stat_statements where query like 'select payload from items where%'",
    );
    const of = (motif: string): string[] => open.filter((one) => one.motif === motif).map(({ channel }) => channel);
    expect(of('plan_regression_onset')).toContain(rows[0].id);
    expect(of('cardinality_mismatch_regime')).toContain('public.growing');
    expect(of('contention_ramp').join()).toMatch(/transactionid|tuple:accounts/);
    // The database or the table; from PostgreSQL 16 on a line of pg_stat_io instead of the database.
    expect(of('cache_collapse').join()).toMatch(/\bpostgres\b|public\.items|io:client backend\/relation/);
    expect(await exporter.metric('dsfb_episodes_open{motif="contention_ramp"}')).toBeGreaterThan(0);
    expect(await exporter.metric(`dsfb_source_up{source="127.0.0.1:${postgres.port}/postgres/statements"}`)).toBe(1);

    await seconds(6);
    await holder.query('commit');
    await Promise.all(waiters.map(({ waits }) => waits));
    await admin.query('analyze growing');
    await admin.query('create index items_key on items (key)');
    await stopReading();
    await stopBigScans();

    await waitFor(
      'all four to be closed and counted',
      async () => {
        for (const motif of [
          'plan_regression_onset',
          'cardinality_mismatch_regime',
          'contention_ramp',
          'cache_collapse',
        ]) {
          const count = await exporter.metric(`dsfb_episodes_total{motif="${motif}"}`);
          if (!count) throw new Error(`${motif}: ${count}, ${JSON.stringify((await exporter.episodes()).open)}`);
        }
        return true;
      },
      { timeoutMs: 90_000 },
    );
    expect(exporter.child.output).toMatch(/An episode has ended/);
    expect(await exporter.child.stop()).toBe(0);
  });

  it('a database that goes away and returns is told, and read again', async () => {
    const source = `127.0.0.1:${postgres.port}/postgres`;
    const exporter = await startExporter('--postgres', postgres.url('postgres', 'watcher'));
    const up = (value: number) => async () =>
      (await exporter.metric(`dsfb_source_up{source="${source}"}`)) === value || undefined;
    await waitFor('the source', up(1));
    expect((await fetch(`${exporter.url}/ready`)).status).toBe(200);
    postgres.down();
    await waitFor('the loss to be seen', up(0));
    const ready = await fetch(`${exporter.url}/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).toContain(source);
    expect((await fetch(`${exporter.url}/metrics`)).status).toBe(200);
    postgres.up();
    await waitFor('the return', up(1));
    expect(await exporter.metric(`dsfb_source_errors_total{source="${source}"}`)).toBeGreaterThan(0);
    expect(await exporter.child.stop()).toBe(0);
  });

  it('a missing extension is one clear message, and the other views are read', async () => {
    const exporter = await startExporter('--postgres', postgres.url('bare', 'watcher'));
    await exporter.child.prints(/pg_stat_statements is not installed in bare: set shared_preload_libraries/);
    const source = `127.0.0.1:${postgres.port}/bare`;
    await waitFor(
      'the locks',
      async () => (await exporter.metric(`dsfb_source_up{source="${source}/locks"}`)) === 1 || undefined,
    );
    await seconds(3);
    expect(exporter.child.output.match(/is not installed/g)).toHaveLength(1);
    expect(await exporter.metric(`dsfb_source_up{source="${source}/statements"}`)).toBe(0);
    expect(await exporter.metric(`dsfb_source_up{source="${source}/cache"}`)).toBe(1);
    const bare = await connect('bare');
    await bare.query('create extension pg_stat_statements');
    await waitFor(
      'the extension to be found',
      async () => (await exporter.metric(`dsfb_source_up{source="${source}/statements"}`)) === 1 || undefined,
    );
  });

  it('a missing privilege names the grant', async () => {
    const exporter = await startExporter('--postgres', postgres.url('postgres', 'nobody_special'));
    await exporter.child.prints(/GRANT pg_monitor TO \\+"nobody_special/);
  });

  it('a server that accepts and never answers is told, and holds neither scrapes nor the end back', async () => {
    const silent = createServer((socket) => void socket.on('error', () => {}));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    started.push({ stop: () => silent.close() });
    const { port } = silent.address() as AddressInfo;
    const exporter = await startExporter('--postgres', `postgres://watcher@127.0.0.1:${port}/shop`);
    expect((await fetch(`${exporter.url}/metrics`)).status).toBe(200);
    await exporter.child.prints(/The source cannot be read/);
    expect(await exporter.child.stop('SIGTERM', 5000)).toBe(0);
  });

  it('a URL that leads nowhere leaves the exporter running', async () => {
    const exporter = await startExporter('--postgres', 'postgres://watcher:secret@127.0.0.1:1/shop');
    await exporter.child.prints(/The source cannot be read/);
    expect(exporter.child.output).not.toContain('secret');
    expect((await fetch(`${exporter.url}/metrics`)).status).toBe(200);
  });
});
