import type { Service } from '@alex/service';
import type { StoreError } from '../errors.ts';

const quietMs = 60_000;

/** Tells the log what a store cannot do, such as write to a full disk: the same once a minute, however many ask. */
export class FailureLog {
  readonly #lastMs = new Map<string, number>();
  readonly #logger: Service['logger'];

  constructor(logger: Service['logger']) {
    this.#logger = logger;
  }

  note(error: StoreError): void {
    const now = Date.now();
    if (error.status < 500 || now - (this.#lastMs.get(error.code) ?? 0) < quietMs) return;
    this.#lastMs.set(error.code, now);
    this.#logger.warn({ code: error.code, reason: error.message }, 'A request could not be served');
  }
}
