import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const packages = ['openmetrics', 'obs', 'service', 'exporters', 'event-store', 'cli']
  .map((name) => `packages/${name}`)
  .concat('examples/agent');
let project: string;

/** npm and node without what this test run set: as a user's shell has it, but with Node 24 first. */
function run(command: string, ...args: string[]): string {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(npm_(package|lifecycle|node|execpath|command)|NODE_OPTIONS|VITEST|ALEX_)/i.test(name),
    ),
  );
  return execFileSync(command, args, {
    cwd: project,
    encoding: 'utf8',
    env: { ...env, HOME: project, PATH: `${join(root, 'node_modules/.bin')}:${env['PATH']}` },
  });
}

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'alex-project-'));
  execFileSync('npm', ['run', '-s', 'build'], { cwd: root, stdio: 'pipe' });
  const tarballs = packages.map((folder) => {
    const [packed] = JSON.parse(
      execFileSync('npm', ['pack', '--json', '--pack-destination', project, `./${folder}`], {
        cwd: root,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    ) as { filename: string }[];
    return `./${packed!.filename}`;
  });
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'stranger', version: '1.0.0', private: true }));
  run('npm', 'install', '--no-audit', '--no-fund', '--loglevel=error', '@opentelemetry/api@1.10.0', ...tarballs);
}, 300_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

describe('the packed packages, installed into an empty project', () => {
  for (const [how, file] of [
    ['import', 'index.ts'],
    ['require', 'index.cjs'],
  ] as const) {
    it(`run the quickstart by ${how}`, () => {
      copyFileSync(join(root, 'examples/quickstart', file), join(project, file));
      const output = run('node', file);
      expect(output).toMatch(/alex_tool_executions_total\{.*status="success".*\} 1/);
    });
  }

  it('say what a setting needs that is not installed, and go on without it', () => {
    mkdirSync(join(project, '.alex'), { recursive: true });
    writeFileSync(join(project, '.alex/config.yaml'), 'observability: { metrics: { exposition: opentelemetry } }');
    const output = run('node', 'index.ts');
    rmSync(join(project, '.alex/config.yaml'));
    expect(output).toMatch(/npm install @opentelemetry\/exporter-prometheus/);
    expect(output).toMatch(/alex_tool_executions_total\{.*status="success".*\} 1/);
  });

  it('bring the command', () => {
    expect(run('npx', '--no-install', 'alex-obs', 'version')).toMatch(/0\.1\.0/);
    expect(run('npx', '--no-install', 'alex-obs', '--help')).toMatch(/config/);
  });

  it('bring the exporter of sensor streams', () => {
    for (const name of [['alec-exporter'], ['alex-obs', 'alec']]) {
      const output = run('npx', '--no-install', ...name, 'generate', '--hours', '0.01');
      expect(output).toMatch(/^timestamp_ms,motor_current(.*\n){37}$/);
    }
  });

  it('bring the event store', () => {
    expect(run('npx', '--no-install', 'allsource', 'verify', '--help')).toMatch(/^Usage: allsource verify/);
  });

  it('bring the thread that writes the cost ledger', () => {
    const program = `import { costSink } from '@alex/exporters/lead-factory';
      const sink = await costSink('costs.db');
      await sink.append({ timeMs: Date.now(), provider: 'openai', model: 'gpt-4o', usd: 0.5 });
      await sink.close();`;
    run('node', '--input-type=module', '--eval', program);
    expect(run('npx', '--no-install', 'alex-obs', 'costs', 'list', '--db', 'costs.db')).toMatch(/openai.*0\.50/);
  });

  it('bring the thread that writes the segments of the event store', () => {
    const program = `import { readdirSync } from 'node:fs';
      import { EventStore } from '@alex/event-store';
      const store = await EventStore.open({ folder: 'events', maintenance: { rollBytes: 4096, rollMs: 100 } });
      for (let n = 0; n < 20; n++)
        await store.append({ event_type: 'order.placed', entity_id: 'order-' + n, payload: 'x'.repeat(500) });
      const segments = () => readdirSync('events').filter((name) => name.endsWith('.parquet')).length;
      const deadline = Date.now() + 10_000;
      while (segments() === 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
      console.log('segments', segments());
      await store.close();`;
    writeFileSync(join(project, 'segments.mjs'), program);
    expect(run('node', 'segments.mjs')).toMatch(/^segments [1-9]/);
  });

  it('bring dsfb-exporter, which says what it needs to read PostgreSQL', () => {
    const recording = join(root, 'examples/dsfb/residuals.ndjson');
    expect(run('npx', '--no-install', 'dsfb-exporter', 'render', recording)).toMatch(/dsfb_episodes_total.* 1\n/);
    expect(() =>
      run('npx', '--no-install', 'dsfb-exporter', 'serve', '--postgres', 'postgres://127.0.0.1/shop'),
    ).toThrow(/npm install pg/);
  });

  it('run the demo', () => {
    const output = run(
      'npx',
      '--no-install',
      'alex-obs',
      'demo',
      '--once',
      '--sessions',
      '1',
      '--rounds',
      '1',
      '--json',
      '--port',
      '0',
    );
    expect(output).toMatch(/sessions/);
  });
});
