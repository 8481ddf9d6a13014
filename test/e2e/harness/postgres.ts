import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

/** A real PostgreSQL on a free loopback port with a data folder of its own. */
export class Postgres {
  readonly port: number;
  readonly #folder: string;
  #databases = 0;

  private constructor(port: number, folder: string) {
    this.port = port;
    this.#folder = folder;
  }

  /** Starts one, as the user `postgres` where this is root, which it refuses to run as. */
  static async start(): Promise<Postgres> {
    const folder = mkdtempSync(join(tmpdir(), 'alex-postgres-'));
    const postgres = new Postgres(await freePort(), folder);
    if (process.getuid?.() === 0) execFileSync('chown', ['postgres', folder]);
    postgres.#run('initdb', ['-A', 'trust', '--no-sync', '-U', 'postgres', '-D', join(folder, 'data')]);
    postgres.startServer();
    return postgres;
  }

  /** The URL of a new, empty database. */
  createDatabase(): string {
    const name = `costs_${++this.#databases}`;
    this.execute(`CREATE DATABASE ${name}`);
    return `postgres://postgres@127.0.0.1:${this.port}/${name}`;
  }

  /** Runs statements in a database, or in that of the server. */
  execute(statements: string, url: string = `postgres://postgres@127.0.0.1:${this.port}/postgres`): void {
    this.#run('psql', ['-q', '-v', 'ON_ERROR_STOP=1', '-c', statements, url]);
  }

  /** Starts the server after `stopServer`, with the data that it had. */
  startServer(): void {
    // Nothing here outlives a crash of the machine.
    const options = `-c fsync=off -c listen_addresses=127.0.0.1 -c port=${this.port} -c unix_socket_directories=${this.#folder}`;
    this.#run('pg_ctl', [
      '-w',
      '-D',
      join(this.#folder, 'data'),
      '-l',
      join(this.#folder, 'log'),
      '-o',
      options,
      'start',
    ]);
  }

  stopServer(): void {
    this.#run('pg_ctl', ['-w', '-D', join(this.#folder, 'data'), '-m', 'immediate', 'stop']);
  }

  stop(): void {
    try {
      this.stopServer();
    } finally {
      rmSync(this.#folder, { recursive: true, force: true });
    }
  }

  #run(command: string, args: readonly string[]): void {
    const path = join(binaries(), command);
    const [program, rest] =
      process.getuid?.() === 0 ? ['runuser', ['-u', 'postgres', '--', path, ...args]] : [path, args];
    execFileSync(program, rest, { cwd: tmpdir(), stdio: ['ignore', 'ignore', 'pipe'] });
  }
}

/** Where Debian keeps them: not on the PATH. */
function binaries(): string {
  const base = '/usr/lib/postgresql';
  const version = existsSync(base) ? readdirSync(base).sort((a, b) => Number(b) - Number(a))[0] : undefined;
  if (version === undefined) throw new Error('PostgreSQL is not installed: run "source .ci/tools" first');
  return join(base, version, 'bin');
}
