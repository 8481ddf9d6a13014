import type { Duplex } from 'node:stream';
import { CommandError } from '@alex/service';
import type { Client, ClientConfig } from 'pg';

type Pg = typeof import('pg')['default'];

/** What the readers need of a connection. */
export interface SqlClient {
  query(text: string): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>;
}

/** A connection that is not open yet, and the name of its place without credentials: `host:port/database`. */
export interface PostgresTarget {
  readonly place: string;
  connect(): Promise<PostgresConnection>;
}

export interface PostgresConnection extends SqlClient {
  /** Whether it has broken by itself. */
  readonly broken: boolean;
  close(): Promise<void>;
}

/** Stands in each statement of ours, so that our own load is not taken for the workload. */
export const ownMark = '/* dsfb-exporter */';

const connectTimeoutMs = 5000;

/**
 * Reads a PostgreSQL URL with the `pg` package, which is loaded here and not before.
 * Throws CommandError that names the install command when it is missing, and for a URL that is none.
 */
export async function postgresTarget(url: string, timeoutMs: number): Promise<PostgresTarget> {
  const { Client: PgClient } = await loadPg();
  // What is no URL would become the name of a database, with the password in it, in metrics and logs.
  if (!/^(postgres(ql)?|socket):/i.test(url)) {
    throw new CommandError('The PostgreSQL URL cannot be read: it must begin with postgres:// or postgresql://');
  }
  const config: ClientConfig = {
    connectionString: url,
    application_name: 'dsfb-exporter',
    statement_timeout: timeoutMs,
    // The server ends a statement that takes too long; this is for a server that does not answer at all.
    query_timeout: timeoutMs + connectTimeoutMs,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    options: '-c default_transaction_read_only=on',
  };
  const make = (): Client => {
    try {
      return new PgClient(config);
    } catch (error) {
      throw new CommandError(`The PostgreSQL URL cannot be read: ${(error as Error).message}`);
    }
  };
  const { host, port, database } = make();
  return {
    place: `${host.startsWith('/') ? 'local' : host}:${port}/${database}`,
    connect: () => open(make()),
  };
}

async function open(client: Client): Promise<PostgresConnection> {
  let broken = false;
  const { connection } = client;
  guard(connection.stream);
  connection.once('sslconnect', () => guard(connection.stream));
  client.on('error', () => (broken = true));
  client.on('end', () => (broken = true));
  try {
    await client.connect();
  } catch (error) {
    void client.end().catch(() => {});
    throw error;
  }
  return {
    get broken() {
      return broken;
    },
    query: (text) => client.query(text),
    close: () => client.end(),
  };
}

/** Makes a message that the client cannot parse an error of the connection: thrown in an event, it would end the process. */
function guard(stream: Duplex): void {
  const emit = stream.emit.bind(stream) as (...event: unknown[]) => boolean;
  stream.emit = (...event: unknown[]): boolean => {
    try {
      return emit(...event);
    } catch (error) {
      stream.destroy(error as Error);
      return false;
    }
  };
}

async function loadPg(): Promise<Pg> {
  try {
    const { default: pg } = await import('pg');
    return pg;
  } catch (error) {
    throw new CommandError('Reading PostgreSQL needs the package pg: npm install pg', { cause: error });
  }
}
