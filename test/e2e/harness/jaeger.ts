import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { binary } from './binary.ts';
import { Child } from './child.ts';
import { freePort } from './free-port.ts';
import { waitFor } from './wait.ts';

const folder = fileURLToPath(new URL('../../../deployments/observability/jaeger/', import.meta.url));

/** A span as Jaeger's query API gives it back. */
export interface JaegerSpan {
  readonly spanID: string;
  readonly operationName: string;
  readonly references: readonly { readonly refType: string; readonly spanID: string }[];
  readonly tags: readonly { readonly key: string; readonly value: unknown }[];
}

const ports = [
  'UI',
  'QUERY_GRPC',
  'THRIFT',
  'OTLP_GRPC',
  'OTLP_HTTP',
  'ZIPKIN',
  'STATUS',
  'METRICS',
  'SPANMETRICS',
] as const;

export interface JaegerOptions {
  /** Where its Monitor tab asks. */
  readonly prometheusUrl?: string;
  /** Keeps its store here; the caller removes it. Default: a folder of its own that `stop` removes. */
  readonly data?: string;
}

/** A real Jaeger with the committed configuration on free loopback ports. */
export class Jaeger {
  readonly child: Child;
  readonly ports: Readonly<Record<(typeof ports)[number], number>>;
  readonly #remove: () => void;

  private constructor(child: Child, numbers: Readonly<Record<(typeof ports)[number], number>>, remove: () => void) {
    this.child = child;
    this.ports = numbers;
    this.#remove = remove;
  }

  static async start({ prometheusUrl = 'http://127.0.0.1:9', data }: JaegerOptions = {}): Promise<Jaeger> {
    const store = data ?? mkdtempSync(join(tmpdir(), 'alex-jaeger-'));
    const numbers = Object.fromEntries(
      await Promise.all(ports.map(async (name) => [name, await freePort()] as const)),
    ) as Record<(typeof ports)[number], number>;
    const child = new Child(binary('JAEGER'), ['--config', join(folder, 'config.yaml')], {
      env: {
        ...Object.fromEntries(Object.entries(numbers).map(([name, port]) => [`JAEGER_${name}_PORT`, String(port)])),
        JAEGER_LISTEN_HOST: '127.0.0.1',
        JAEGER_DATA: store,
        JAEGER_UI_CONFIG: join(folder, 'ui.json'),
        PROMETHEUS_URL: prometheusUrl,
        OTEL_TRACES_SAMPLER: 'always_off',
      },
    });
    const jaeger = new Jaeger(child, numbers, () => data ?? rmSync(store, { recursive: true, force: true }));
    try {
      await waitFor('Jaeger to be healthy', async () => {
        if (child.ended) return true;
        return (await fetch(`http://127.0.0.1:${numbers.STATUS}/status`)).ok || undefined;
      });
      if (child.ended) throw new Error('it ended at once');
      return jaeger;
    } catch (error) {
      await jaeger.stop();
      throw new Error(`Jaeger did not start:\n${child.output.slice(-4000)}`, { cause: error });
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.ports.UI}`;
  }

  /** Waits until a trace has at least `count` spans and gives them. */
  async trace(id: string, count: number): Promise<readonly JaegerSpan[]> {
    return await waitFor(`${count} spans of trace ${id}`, async () => {
      const { data } = (await (await fetch(`${this.url}/api/traces/${id}`)).json()) as {
        data: { spans: JaegerSpan[] }[] | null;
      };
      const spans = data?.[0]?.spans ?? [];
      return spans.length >= count ? spans : undefined;
    });
  }

  async stop(): Promise<void> {
    await this.child.stop('SIGTERM').catch(() => undefined);
    this.#remove();
  }
}
