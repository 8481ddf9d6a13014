import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Child } from './child.ts';
import { waitFor } from './wait.ts';

export interface ImageDescription {
  /** As the compose file names it. */
  readonly tag: string;
  /** Programs and folders of this machine by their path in the image; without the libraries here they must be static. */
  readonly programs: Readonly<Record<string, string>>;
  readonly links?: Readonly<Record<string, string>>;
  readonly entrypoint?: string;
  readonly user: string;
  /** Folders that belong to the user. */
  readonly folders?: readonly string[];
  /** Names of users beside root, from 1000 on. */
  readonly accounts?: readonly string[];
  /** Variables beside PATH. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A Docker engine of its own, with an empty store, on a socket of its own. */
export class Docker {
  readonly host: string;
  readonly child: Child;
  readonly #folder: string;

  private constructor(host: string, child: Child, folder: string) {
    this.host = host;
    this.child = child;
    this.#folder = folder;
  }

  /** Starts the engine of Debian. Fails with the engine's own words where the machine does not let one run. */
  static async start(): Promise<Docker> {
    const folder = mkdtempSync(join(tmpdir(), 'alex-docker-'));
    const host = `unix://${folder}/docker.sock`;
    const child = new Child('dockerd', [
      ...['--data-root', `${folder}/data`, '--exec-root', `${folder}/exec`, '--pidfile', `${folder}/pid`, '-H', host],
    ]);
    const docker = new Docker(host, child, folder);
    try {
      await waitFor(
        'the Docker engine',
        () => {
          if (child.ended) return 'ended';
          docker.run('docker', ['version']);
          return 'ready';
        },
        { timeoutMs: 40_000, everyMs: 500 },
      );
      if (child.ended) throw new Error('it ended at once');
      return docker;
    } catch (error) {
      await docker.stop();
      throw new Error(child.output.slice(-2000), { cause: error });
    }
  }

  /** Runs a client of this engine and gives its output. */
  run(
    command: string,
    args: readonly string[],
    options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
  ): string {
    try {
      return execFileSync(command, args, {
        encoding: 'utf8',
        stdio: 'pipe',
        ...options,
        env: { ...process.env, ...options.env, DOCKER_HOST: this.host },
      });
    } catch (error) {
      const { stdout = '', stderr = '', message } = error as { stdout?: string; stderr?: string; message: string };
      throw new Error(`${message}\n${stdout}${stderr}`);
    }
  }

  /** Makes an image of programs, a shell and wget, as the official ones have them. */
  image({
    tag,
    programs,
    links = {},
    entrypoint,
    user,
    folders = [],
    accounts = [],
    env = {},
  }: ImageDescription): void {
    const root = mkdtempSync(join(this.#folder, 'image-'));
    for (const folder of ['bin', 'tmp', 'etc', ...folders]) mkdirSync(join(root, folder), { recursive: true });
    chmodSync(join(root, 'tmp'), 0o1777);
    copyFileSync('/usr/bin/busybox', join(root, 'bin/busybox'));
    const applets = execFileSync('/usr/bin/busybox', ['--list'], { encoding: 'utf8' }).trim().split('\n');
    for (const name of applets) if (name !== 'busybox') symlinkSync('busybox', join(root, 'bin', name));
    for (const [path, source] of Object.entries(programs)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      cpSync(source, join(root, path), { recursive: true, dereference: true });
    }
    for (const [path, target] of Object.entries(links)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      symlinkSync(target, join(root, path));
    }
    const users = [['root', 0], ...accounts.map((name, index) => [name, 1000 + index])];
    writeFileSync(join(root, 'etc/passwd'), users.map(([name, id]) => `${name}:x:${id}:${id}::/:/bin/sh\n`).join(''));
    writeFileSync(join(root, 'etc/group'), users.map(([name, id]) => `${name}:x:${id}:\n`).join(''));
    for (const folder of folders) execFileSync('chown', [user, join(root, folder)]);
    const changes = [
      `USER ${user}`,
      ...(entrypoint ? [`ENTRYPOINT ["${entrypoint}"]`] : []),
      ...Object.entries({ PATH: '/bin', ...env }).map(([name, value]) => `ENV ${name}=${value}`),
    ].flatMap((change) => ['--change', change]);
    execFileSync('tar', ['-C', root, '-cf', join(this.#folder, 'image.tar'), '.']);
    this.run('docker', ['import', ...changes, join(this.#folder, 'image.tar'), tag]);
    rmSync(root, { recursive: true });
  }

  async stop(): Promise<void> {
    await this.child.stop('SIGTERM', 30_000).catch(() => undefined);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
