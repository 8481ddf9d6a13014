import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parsePrometheusText } from '@alex/openmetrics';
import { captureIo, runCommand } from '@alex/service';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { command, leadFactoryMetrics } from './command.ts';

let home: string;
const homes: string[] = [];
beforeEach(() => {
  homes.push((home = mkdtempSync(join(tmpdir(), 'costs-home-'))));
});
afterAll(() => {
  for (const each of homes) rmSync(each, { recursive: true });
});

async function run(line: string, env: Record<string, string> = {}) {
  const { io, output } = captureIo({ env: { HOME: home, BUDGET_TIMEZONE: 'UTC', ...env } });
  const code = await runCommand(command, line.split(' '), io);
  return { code, ...output() };
}
const data = async (line: string) => JSON.parse((await run(`${line} --json`)).stdout) as never;
const log = (service: string, cost: number, more = '') =>
  run(`log --service ${service} --operation call --cost ${cost}${more}`);

describe('alex-obs costs', () => {
  it('books, sums and lists, for people and as JSON', async () => {
    expect(await log('openai', 12.5, ' --session s1 --model gpt-4o')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'booked $12.50 for openai call; daily $12.50 of $50.00 (25.0%)\n',
    });
    await log('anthropic', 1);
    expect((await run('summary')).stdout).toBe(
      [
        'daily    █████░░░░░░░░░░░░░░░  $13.50 of $50.00 (27.0%)',
        'monthly  ░░░░░░░░░░░░░░░░░░░░  $13.50 of $1000.00 (1.3%)',
        'gate     open',
        '',
        'service     today  this month',
        'openai     $12.50      $12.50',
        'anthropic   $1.00       $1.00',
        'total      $13.50      $13.50',
        '',
      ].join('\n'),
    );
    expect(await data('summary --by session')).toMatchObject({
      today: { openai: 12.5, anthropic: 1 },
      by_session: { s1: 12.5 },
    });
    expect(await data('list --period month')).toEqual([
      { name: 'openai', cost_dollars: 12.5, entries: 1 },
      { name: 'anthropic', cost_dollars: 1, entries: 1 },
    ]);
    expect((await run('list --service openai')).stdout).toContain('openai: operation');
    expect(await data('list --entries --limit 1')).toMatchObject([{ service: 'anthropic', session_id: null }]);
    expect((await run('list --entries')).stdout.split('\n').length).toBe(4);
  });

  it('works the gate, with its history', async () => {
    await log('openai', 45);
    expect(await run('authorize openai call')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/refused: the scaling gate is active/),
    });
    expect(await run('authorize system backup')).toMatchObject({ code: 0 });
    expect((await run('gate disable --reason approved')).stdout).toMatch(
      /^the scaling gate is open since .*, manual: approved\n$/,
    );
    expect(await run('authorize openai call')).toMatchObject({ code: 0 });
    expect(await data('gate enable')).toMatchObject({ scaling_gate_active: true, reason: 'by hand', source: 'manual' });
    expect(await data('gate status')).toMatchObject({
      history: [{ reason: 'by hand' }, { reason: 'approved' }, { source: 'auto' }],
    });
    expect((await run('gate status')).stdout).toMatch(/closed since[\s\S]*time +status +by[\s\S]*activated +auto/);
    expect(await run('gate enable', { SCALING_GATE_ENABLED: 'off' })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/disabled by configuration/),
    });
  });

  it('exports a report, entries and metrics, and takes its own entries back once', async () => {
    await log('openai', 0.000001, ' --id a,"b');
    await log('openai', 2);
    expect(await data('export --period day')).toMatchObject({
      period: expect.stringMatching(/^day \(\d{4}-\d\d-\d\d\)$/),
      total_cost: 2.000001,
      service_breakdown: { openai: 2.000001 },
      operation_breakdown: { openai: { call: 2.000001 } },
    });
    const file = join(home, 'out.csv');
    expect(await run(`export --format csv --output ${file}`)).toMatchObject({ code: 0, stdout: '' });
    expect(readFileSync(file, 'utf8')).toMatch(
      /^occurred_at,service,operation,cost_dollars,.*\n.*,openai,call,0\.000001,,,,,"a,""b"\n.*,2,/,
    );
    const other = join(home, 'other.db');
    expect(await run(`import ${file} --db ${other}`)).toMatchObject({
      code: 0,
      stderr: '2 entries imported, 0 known before, 0 left out\n',
    });
    expect(await run(`import ${file} --db ${other}`)).toMatchObject({
      code: 0,
      stderr: '0 entries imported, 2 known before, 0 left out\n',
    });
    const metrics = (await run('export --format prometheus')).stdout;
    expect([...parsePrometheusText(metrics).families].map(({ name }) => name)).toContain('lead_factory_daily_cost');
    expect(await run(`export --output ${home}/none/file`)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/cannot be written/),
    });
  });

  it('verifies, mends and prunes', async () => {
    await log('openai', 2, ' --time 2024-01-01T00:00:00Z');
    expect(await run('verify')).toMatchObject({ code: 0, stderr: 'totals and ledger agree\n' });
    const database = new DatabaseSync(join(home, '.alex/costs.db'));
    database.exec('UPDATE cost_totals SET amount_microusd = 1');
    database.close();
    expect(await run('verify')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/openai +call +\$2\.00 +\$0\.000001/),
    });
    expect(await run('verify --rebuild')).toMatchObject({ code: 0 });
    expect(await data('verify')).toEqual([]);
    expect(await data('prune --keep 30d')).toEqual({ deleted: 1 });
    expect(await run('prune --keep 1s')).toMatchObject({ code: 2 });
    expect(await data('list --period custom --from 2024-01-01 --to 2024-01-01')).toEqual([
      { name: 'openai', cost_dollars: 2, entries: 1 },
    ]);
  });

  it.each([
    ['summary', 1, /no cost ledger at/],
    ['log --service a --operation b', 2, /--cost is required/],
    ['log --service a --operation b --cost -1', 2, /cost_dollars must be a number from 0/],
    ['log --service a --operation b --cost 1 --time yesterday', 2, /ISO 8601/],
    ['import nothing.csv', 2, /cannot be read/],
    ['prune', 2, /--keep/],
    ['sumary', 2, /Did you mean summary/],
    ['serve --time-zone Mars/Olympus', 2, /BUDGET_TIMEZONE/],
  ])('"%s" ends with %d', async (line, code, message) => {
    expect(await run(line)).toMatchObject({ code, stderr: message });
  });

  it.each([
    ['DAILY_BUDGET', 'lots'],
    ['SCALING_GATE_DAILY_THRESHOLD', '-1'],
    ['BUDGET_TIMEZONE', 'Mars/Olympus'],
  ])('a wrong %s names the variable', async (name, value) => {
    await log('a', 1);
    expect(await run('summary', { [name]: value })).toMatchObject({ code: 2, stderr: new RegExp(name) });
  });

  it.each([
    [{ period: 'custom' }],
    [{ period: 'custom', from: '2026-02-30', to: '2026-03-01' }],
    [{ period: 'custom', from: '2026-03-02', to: '2026-03-01' }],
  ])('refuses the period %j', async (wanted) => {
    await log('a', 1);
    const flags = Object.entries(wanted)
      .map(([name, value]) => `--${name} ${value}`)
      .join(' ');
    expect(await run(`list ${flags}`)).toMatchObject({ code: 2 });
  });

  it('knows the verbs of the original as a program of its own', async () => {
    const names = leadFactoryMetrics.subcommands!.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['serve', 'summary', 'costs', 'report', 'log', 'gate', 'export']));
    await log('openai', 2, ' --time 2020-01-01T00:00:00Z');
    await log('openai', 1);
    const call = async (verb: string) => {
      const { io, output } = captureIo({ env: { HOME: home } });
      expect(await runCommand(leadFactoryMetrics, [verb], io)).toBe(0);
      return output().stdout;
    };
    expect(await call('monthly')).toMatch(/openai +\$1\.00/);
    expect(await call('report')).toContain('"total_cost": 1');
    expect(await call('export-prometheus')).toContain('lead_factory_monthly_cost{service="openai"} 1');
  });

  it('finds the ledger that it wrote by every spelling of its place, and writes to no other database than it was told', async () => {
    const previous = process.cwd();
    process.chdir(home);
    try {
      for (const place of ['sqlite:here.db', `sqlite://${home}/there.db`]) {
        await run(`log --service a --operation b --cost 1 --db ${place}`);
        expect(await run(`summary --db ${place}`)).toMatchObject({ code: 0 });
      }
      expect(await run('log --service a --operation b --cost 1 --db mysql://user:secret@db/costs')).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/a file or a postgres:\/\/ URL, not mysql:\/\/\n/),
      });
      expect(readdirSync(home).filter((name) => !name.startsWith('here') && !name.startsWith('there'))).toEqual([]);
    } finally {
      process.chdir(previous);
    }
  });

  it('lists to the end of time, and takes no date that does not exist', async () => {
    await log('a', 1);
    const all = 'list --entries --period custom --from 2020-01-01 --to 9999-12-31';
    expect(((await data(all)) as unknown[]).length).toBe(1);
    for (const time of ['2026-02-30T10:00:00Z', '12', 'May']) {
      expect(await log('a', 1, ` --time ${time}`)).toMatchObject({ code: 2 });
    }
    expect(((await data(all)) as unknown[]).length).toBe(1);
  });

  it('shows names that nobody should use as what they are', async () => {
    await log('__proto__', 1);
    await log('evil\u001b[2J\nnext', 1);
    const { operation_breakdown: byOperation } = (await data('export')) as Record<string, object>;
    expect(Object.entries(byOperation!)).toContainEqual(['__proto__', { call: 1 }]);
    const { stdout } = await run('list');
    expect(stdout).toContain('evil\\u001b[2J\\u000anext');
    expect(stdout.split('\n').length).toBe(5);
  });

  it('leaves nothing behind when a file cannot be written', async () => {
    await log('a', 1);
    mkdirSync(join(home, 'taken', 'x'), { recursive: true });
    expect(await run(`export --output ${join(home, 'taken')}`)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/taken cannot be written/),
    });
    expect(readdirSync(home).filter((name) => name.includes('part'))).toEqual([]);
  });

  it('says of a missing PostgreSQL what is wrong', async () => {
    expect(await run('summary --db postgres://127.0.0.1:1/none')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/PostgreSQL does not answer/),
    });
  });
});

describe('import', () => {
  const legacy = (sql: string): string => {
    const path = join(home, `legacy-${Math.random()}.db`);
    const database = new DatabaseSync(path);
    database.exec(sql);
    database.close();
    return path;
  };
  const entries = async () =>
    (await data('list --period custom --from 2025-01-01 --to 2025-12-31 --entries')) as Record<string, unknown>[];

  it('reads the layout of the migration: cents, UTC', async () => {
    const path =
      legacy(`CREATE TABLE cost_tracking (id INTEGER PRIMARY KEY, service TEXT NOT NULL, operation TEXT NOT NULL, cost_cents INTEGER NOT NULL, tier INTEGER NOT NULL, business_id INTEGER, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
      INSERT INTO cost_tracking VALUES (1, 'yelp', 'search', 17, 1, 5, '2025-05-20 10:00:00'), (2, 'llm', 'tokens', 0.35, 2, NULL, '2025-05-20 11:00:00'), (3, 'bad', 'x', -1, 1, NULL, '2025-05-20 11:00:00'), (4, 'llm', 'tokens', 0.0000001, 2, NULL, '2025-05-20 09:00:00'), (5, 'bad', 'x', 1, 1, NULL, '2025-02-30 11:00:00')`);
    const first = await run(`import ${path} --zone America/New_York --json`);
    expect(first.code).toBe(1);
    expect(JSON.parse(first.stdout)).toEqual({
      imported: 3,
      known: 0,
      rejected: [
        { row: 3, reason: 'cost_cents is no amount: -1' },
        { row: 5, reason: 'created_at is no time: "2025-02-30 11:00:00"' },
      ],
    });
    expect(await entries()).toMatchObject([
      { service: 'llm', cost_dollars: 0.0035, occurred_at: '2025-05-20T11:00:00.000Z' },
      { service: 'yelp', cost_dollars: 0.17, tier: 1, business_id: 5, occurred_at: '2025-05-20T10:00:00.000Z' },
      { service: 'llm', cost_dollars: 0 },
    ]);
    expect(JSON.parse((await run(`import ${path} --json`)).stdout)).toMatchObject({ imported: 0, known: 3 });
  });

  it('reads the layout of the tracker: dollars, local time', async () => {
    const path = legacy(`CREATE TABLE cost_tracking (service TEXT, operation TEXT, cost_dollars REAL, timestamp TEXT);
      INSERT INTO cost_tracking VALUES ('openai', 'gpt-4', 0.1234, '2025-05-20 10:00:00'), ('openai', 'gpt-4', NULL, '2025-05-20 10:00:00'), ('openai', 'gpt-4', 1, 'yesterday')`);
    const { stdout } = await run(`import ${path} --zone America/New_York --json`);
    expect(JSON.parse(stdout)).toMatchObject({
      imported: 1,
      rejected: [
        { row: 2, reason: expect.stringMatching(/null/) },
        { row: 3, reason: expect.stringMatching(/yesterday/) },
      ],
    });
    expect(await entries()).toMatchObject([{ cost_dollars: 0.1234, occurred_at: '2025-05-20T14:00:00.000Z' }]);
  });

  it('reads the third layout, where an operation may be missing', async () => {
    const path =
      legacy(`CREATE TABLE costs (id INTEGER PRIMARY KEY, timestamp TEXT, service TEXT, operation TEXT, amount REAL, details TEXT, batch_id TEXT);
      INSERT INTO costs VALUES (1, '2025-05-20T10:00:00.123456', 'gpu', NULL, 2.5, '{}', NULL)`);
    expect((await run(`import ${path} --zone UTC`)).code).toBe(0);
    expect(await entries()).toMatchObject([
      { operation: 'unknown', cost_dollars: 2.5, occurred_at: '2025-05-20T10:00:00.123Z' },
    ]);
  });

  it('reads CSV, reports bad rows by line, and adds only what is new when the file has grown', async () => {
    const file = join(home, 'costs.csv');
    const content =
      '\ufeffTimestamp,Service,Amount\n2025-05-20T10:00:00Z,a,1\n2025-05-20T10:00:00Z,a,1\n2025-05-20T10:00:00Z,,1\n2025-05-20T10:00:00Z,b,free\nshort\n';
    writeFileSync(file, content);
    expect(await run(`import ${file}`)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /row 4 left out: service[\s\S]*row 5 left out: amount is no amount: "free"[\s\S]*row 6[\s\S]*2 entries imported, 0 known before, 3 left out/,
      ),
    });
    writeFileSync(file, `${content}2025-05-21T10:00:00Z,c,3\n`);
    expect(await run(`import ${file}`)).toMatchObject({
      stderr: expect.stringMatching(/1 entries imported, 2 known before/),
    });
    writeFileSync(file, 'who,when\na,b\n');
    expect(await run(`import ${file}`)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no column for service and an amount .* and a time/),
    });
    writeFileSync(file, 'service,amount,time\n"unclosed,1,2025-01-01T00:00:00Z\n');
    expect(await run(`import ${file}`)).toMatchObject({ code: 2, stderr: expect.stringMatching(/no valid CSV/) });
  });
});
