import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binary } from './binary.ts';
import { Child } from './child.ts';
import { freePort } from './free-port.ts';
import { waitFor } from './wait.ts';

/** A real Alertmanager with a configuration file, on a free loopback port. */
export class Alertmanager {
  readonly address: string;
  readonly child: Child;
  readonly #folder: string;

  private constructor(address: string, child: Child, folder: string) {
    this.address = address;
    this.child = child;
    this.#folder = folder;
  }

  static async start(configurationFile: string): Promise<Alertmanager> {
    const folder = mkdtempSync(join(tmpdir(), 'alex-alertmanager-'));
    const address = `127.0.0.1:${await freePort()}`;
    const child = new Child(binary('ALERTMANAGER'), [
      `--config.file=${configurationFile}`,
      `--storage.path=${folder}`,
      `--web.listen-address=${address}`,
      '--cluster.listen-address=',
    ]);
    await waitFor('Alertmanager to be ready', async () => (await fetch(`http://${address}/-/ready`)).ok || undefined);
    return new Alertmanager(address, child, folder);
  }

  /** What it holds right now: labels and annotations. */
  async alerts(): Promise<{ readonly labels: Record<string, string>; readonly annotations: Record<string, string> }[]> {
    return (await (await fetch(`http://${this.address}/api/v2/alerts`)).json()) as never[];
  }

  async stop(): Promise<void> {
    await this.child.stop('SIGTERM').catch(() => undefined);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
