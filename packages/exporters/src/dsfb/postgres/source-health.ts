import type { CounterCell, GaugeCell, Registry } from '@alex/openmetrics';
import { catalog } from '../catalog.ts';

/** Where the news of a source go: a log of the service. */
export interface HealthLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

const partLost = 'its database cannot be reached';

/** Whether one source can be read: its two metrics, and one log line at each change. */
export class SourceHealth {
  readonly source: string;
  readonly #up: GaugeCell;
  readonly #errors: CounterCell;
  readonly #log: HealthLog;
  #problem: string | undefined = 'not read yet';

  constructor(source: string, registry: Registry, log: HealthLog) {
    this.source = source;
    this.#up = registry.gauge(catalog.sourceUp).labels(source);
    this.#errors = registry.counter(catalog.sourceErrors).labels(source);
    this.#log = log;
    this.#up.set(0);
  }

  /** Why it cannot be read; `undefined` when it can. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** It cannot be read because what it is a part of cannot: that is told there. */
  lost(): void {
    this.#up.set(0);
    this.#problem = partLost;
  }

  succeeded(): void {
    this.#up.set(1);
    const before = this.#problem;
    this.#problem = undefined;
    if (before === undefined || before === partLost) return;
    this.#log.info({ source: this.source }, 'The source is read');
  }

  failed(problem: string): void {
    this.#up.set(0);
    this.#errors.add(1);
    if (this.#problem === problem) return;
    this.#problem = problem;
    this.#log.warn({ source: this.source, problem }, 'The source cannot be read');
  }
}
