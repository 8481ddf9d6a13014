import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

export interface PostgresOptions {
  /** Server settings, for instance `{ shared_buffers: '2MB' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A real PostgreSQL on a free loopback port with a data folder of its own; everybody is trusted. */
export class Postgres {
  readonly port: number;
  readonly #folder: string;
  readonly #settings: Readonly<Record<string, string>>;
  #databases = 0;

  private constructor(port: number, folder: string, settings: Readonly<Record<string, string>>) {
    this.port = port;
    this.#folder = folder;
    this.#settings = settings;
  }

  /** Creates a cluster and starts it. */
  static async start({ settings = {} }: PostgresOptions = {}): Promise<Postgres> {
    const folder = mkdtempSync(join(tmpdir(), 'alex-postgres-'));
    const owner = serverUser();
    if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
    chmodSync(folder, 0o700);
    const postgres = new Postgres(await freePort(), folder, settings);
    run('initdb', ['-D', join(folder, 'data'), '-A', 'trust', '-U', 'postgres', '--no-sync', '-E', 'UTF8']);
    postgres.up();
    return postgres;
  }

  /** Starts the server of this cluster and waits until it answers. */
  up(): void {
    const settings = {
      listen_addresses: '127.0.0.1',
      port: String(this.port),
      unix_socket_directories: this.#folder,
      fsync: 'off',
      ...this.#settings,
    };
    const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
    this.#control('start', '-o', options.join(' '), '-l', join(this.#folder, 'log'));
  }

  /** Stops the server at once; connections are cut. */
  down(): void {
    this.#control('stop', '-m', 'fast');
  }

  /** Stops all of its processes from running; their connections stay open and say nothing. */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  thaw(): void {
    this.#signal('SIGCONT');
  }

  url(database = 'postgres', role = 'postgres'): string {
    return `postgres://${role}@127.0.0.1:${this.port}/${database}`;
  }

  /** The URL of a new, empty database. */
  createDatabase(): string {
    this.#databases += 1;
    const name = `test_${this.#databases}`;
    this.execute(`CREATE DATABASE ${name}`);
    return this.url(name);
  }

  /** Runs statements in a database, in the server's own unless told. */
  execute(statements: string, url: string = this.url()): void {
    run('psql', ['-q', '-v', 'ON_ERROR_STOP=1', '-c', statements, url]);
  }

  stop(): void {
    try {
      this.#control('stop', '-m', 'immediate');
    } catch {
      // It was down already.
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    const [server] = readFileSync(join(this.#folder, 'data', 'postmaster.pid'), 'utf8').split('\n');
    const children = readFileSync(`/proc/${server}/task/${server}/children`, 'utf8').trim().split(' ');
    for (const id of [server, ...children]) process.kill(Number(id), name);
  }

  #control(...args: string[]): void {
    run('pg_ctl', ['-D', join(this.#folder, 'data'), '-w', ...args]);
  }
}

function run(program: string, args: readonly string[]): void {
  const bin = process.env['POSTGRES_BIN'] ?? '/usr/lib/postgresql/15/bin';
  execFileSync(join(bin, program), args, { cwd: tmpdir(), stdio: ['ignore', 'ignore', 'pipe'], ...serverUser() });
}

/** PostgreSQL refuses to run as root. */
function serverUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
