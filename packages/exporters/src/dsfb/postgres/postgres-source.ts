import type { Registry } from '@alex/openmetrics';
import type { Clock } from '@alex/service';
import type { DsfbMonitor } from '../live/monitor.ts';
import { CacheReader } from './cache-reader.ts';
import type { PostgresConnection, PostgresTarget } from './client.ts';
import { LocksReader } from './locks-reader.ts';
import type { Reader, ServerFacts } from './reader.ts';
import { readServerFacts } from './server-facts.ts';
import { type HealthLog, SourceHealth } from './source-health.ts';
import { StatementsReader } from './statements-reader.ts';
import { TablesReader } from './tables-reader.ts';

export interface PostgresSourceOptions {
  readonly target: PostgresTarget;
  readonly monitor: DsfbMonitor;
  readonly registry: Registry;
  readonly log: HealthLog;
  readonly clock: Clock;
  readonly pollMs: number;
  /** Intervals from which the baseline of a channel is made. */
  readonly baselineIntervals: number;
}

/** The polls of one database are in order; the window only bridges a clock that is set back a little. */
const reorderWindow = 2;
const silentPolls = 3;

/** Polls the statistics of one PostgreSQL database; goes on when it is away, and when one of its views cannot be read. */
export class PostgresSource {
  readonly #options: PostgresSourceOptions;
  readonly #health: SourceHealth;
  readonly #readers: readonly { readonly reader: Reader; readonly health: SourceHealth }[];
  #connection: PostgresConnection | undefined;
  #server: ServerFacts | undefined;

  constructor(options: PostgresSourceOptions) {
    const { target, registry, log, baselineIntervals, monitor, pollMs } = options;
    this.#options = options;
    this.#health = new SourceHealth(target.place, registry, log);
    const readers = [
      new StatementsReader(baselineIntervals),
      new LocksReader(),
      new CacheReader(baselineIntervals),
      new TablesReader(),
    ];
    this.#readers = readers.map((reader) => ({
      reader,
      health: new SourceHealth(`${target.place}/${reader.name}`, registry, log),
    }));
    monitor.configure(target.place, { reorderWindow, silenceSeconds: (silentPolls * pollMs) / 1000 });
  }

  /** Why the database cannot be read; `undefined` when it can. */
  get problem(): string | undefined {
    const { problem, source } = this.#health;
    return problem === undefined ? undefined : `${source}: ${problem}`;
  }

  /** Polls until the signal aborts, then closes the connection. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, pollMs } = this.#options;
    while (!signal.aborted) {
      const startedAt = clock.now();
      await this.poll();
      const rest = Math.max(pollMs - (clock.now() - startedAt), 0);
      await clock.sleep(rest, signal).catch(() => {});
    }
    await this.#disconnect();
  }

  /** Reads every view once. Never rejects. */
  async poll(): Promise<void> {
    try {
      const { connection, server } = await this.#connected();
      for (const { reader, health } of this.#readers) await this.#read(connection, server, { reader, health });
      if (connection.broken) throw new Error('the connection was lost');
      this.#health.succeeded();
    } catch (error) {
      const problem = messageOf(error);
      this.#health.failed(problem);
      for (const { health } of this.#readers) health.lost();
      await this.#disconnect();
    }
  }

  async #connected(): Promise<{ connection: PostgresConnection; server: ServerFacts }> {
    if (this.#connection?.broken) await this.#disconnect();
    this.#connection ??= await this.#options.target.connect();
    // Extensions and grants may come while we run: asked anew as long as something is missing.
    if (this.#server === undefined || this.#readers.some(({ health }) => health.problem !== undefined)) {
      this.#server = await readServerFacts(this.#connection);
    }
    return { connection: this.#connection, server: this.#server };
  }

  async #read(
    connection: PostgresConnection,
    server: ServerFacts,
    { reader, health }: { readonly reader: Reader; readonly health: SourceHealth },
  ): Promise<void> {
    const query = reader.query(server);
    if ('missing' in query) {
      health.failed(query.missing);
      return;
    }
    const { monitor, clock, target } = this.#options;
    try {
      const t = clock.now() / 1000;
      const { rows } = await connection.query(query.sql);
      for (const sample of reader.residuals(rows, t, server)) monitor.push(target.place, sample);
      health.succeeded();
    } catch (error) {
      if (!isStatementError(error)) throw error;
      health.failed(messageOf(error));
    }
  }

  async #disconnect(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#server = undefined;
    // A connection that hangs is left to its own time-out.
    if (connection?.broken === false) await Promise.race([connection.close().catch(() => {}), this.#moment()]);
  }

  #moment(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, 1000).unref());
  }
}

/** Whether the server refused one statement, as opposed to all of the connection. */
function isStatementError(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !/^(08|57P)/.test(code);
}

function messageOf(error: unknown): string {
  // A host name with several addresses fails with several errors in one.
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
