import type { Registry } from '@alex/openmetrics';
import { longestTimerMs, type Service } from '@alex/service';
import { controlPlaneCatalog as catalog } from '../catalog.ts';
import type { CoreAnswer, CoreClient } from './core-client.ts';

/** What a health check found. */
export interface HealthCheck {
  readonly healthy: boolean;
  /** What the core answered, if anything. */
  readonly answer: CoreAnswer | undefined;
  readonly error: string | undefined;
}

/** Checks the core's health, and counts and times each check. */
export class HealthChecker {
  readonly #core: CoreClient;
  readonly #count: (status: 'success' | 'error') => void;
  readonly #observe: (seconds: number) => void;

  constructor(core: CoreClient, registry: Registry) {
    this.#core = core;
    const checks = registry.counter(catalog.coreHealthChecks);
    checks.declareSeries(['success'], ['error']);
    this.#count = (status) => checks.labels(status).add(1);
    const duration = registry.histogram(catalog.coreHealthCheckDuration).labels();
    this.#observe = (seconds) => duration.observe(seconds);
  }

  /** Healthy is a 2xx that says so; anything else is an error. */
  async check(): Promise<HealthCheck> {
    const startedAt = performance.now();
    const result = await this.look();
    this.#observe((performance.now() - startedAt) / 1000);
    this.#count(result.healthy ? 'success' : 'error');
    return result;
  }

  /** The same without counting it: for answers that are about something else. */
  async look(): Promise<HealthCheck> {
    try {
      const answer = await this.#core.call('GET', '/health');
      const healthy = answer.status >= 200 && answer.status < 300 && answer.body?.['status'] === 'healthy';
      const error = answer.body === undefined ? 'the core answered something that is no JSON object' : undefined;
      return { healthy, answer, error };
    } catch (error) {
      return { healthy: false, answer: undefined, error: (error as Error).message };
    }
  }
}

/** A check that tells the log when the core becomes healthy, or is so no more. */
export function logChanges(health: HealthChecker, core: string, logger: Service['logger']): () => Promise<void> {
  let before: boolean | undefined;
  return async () => {
    const { healthy, answer, error } = await health.check();
    if (healthy === before) return;
    before = healthy;
    if (healthy) logger.info({ core }, 'The core is healthy');
    else logger.warn({ core, reason: error ?? `it answered ${answer?.status}` }, 'The core is not healthy');
  };
}

/** Does something now and at intervals, but not while it is still being done. The result ends it. */
export function repeat(intervalMs: number, work: () => Promise<void>): () => void {
  let isAtIt = false;
  const turn = async (): Promise<void> => {
    if (isAtIt) return;
    isAtIt = true;
    await work();
    isAtIt = false;
  };
  void turn();
  const timer = setInterval(() => void turn(), Math.min(intervalMs, longestTimerMs));
  timer.unref();
  return () => clearInterval(timer);
}
