import { randomUUID } from 'node:crypto';
import { resolveOptions } from '@alex/service';
import type { SpendDecision, SpendRequest } from '../cost-ledger.ts';
import type { CostEntry } from '../entry.ts';
import { budgetEnvironment, givenSettings, serveOptions } from '../options.ts';
import { HttpSink } from './http-sink.ts';
import { WorkerSink } from './worker-sink.ts';

/** The cost of one LLM call, as `@alex/obs` hands it over. */
export interface LlmCost {
  readonly timeMs: number;
  readonly model: string;
  readonly provider?: string | undefined;
  readonly sessionId?: string | undefined;
  /** Makes the entry one, however often it is handed over. */
  readonly spanId?: string | undefined;
  readonly usd: number;
}

/** Takes the costs of an agent, and answers it before it spends. */
export interface LedgerSink {
  /** Resolves when the cost is durable. */
  append(cost: LlmCost): Promise<void>;
  authorize(request: SpendRequest): Promise<SpendDecision>;
  close(): Promise<void>;
}

/**
 * The bridge from `@alex/obs` (`cost_ledger`) to a ledger: a SQLite file or PostgreSQL, written by a worker thread, or the
 * URL of a `costs serve` (token in METRICS_ADMIN_TOKEN). The provider becomes the service, the model the operation.
 * Rejects with LedgerError when it cannot be opened.
 */
export async function costSink(
  location: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<LedgerSink> {
  const { authorizeOnError, token } = serveOptions;
  const { values } = resolveOptions({ ...budgetEnvironment, authorizeOnError, token }, { env });
  const sink = /^https?:\/\//.test(location)
    ? new HttpSink({ url: location, token: values.token, authorizeOnError: values.authorizeOnError })
    : await WorkerSink.open({
        location,
        settings: givenSettings(values),
        authorizeOnError: values.authorizeOnError,
      });
  return {
    append: (cost) => sink.append(entryOf(cost)),
    authorize: (request) => sink.authorize(request),
    close: () => sink.close(),
  };
}

function entryOf({ timeMs, model, provider, sessionId, spanId, usd }: LlmCost): CostEntry {
  return {
    service: name(provider),
    operation: name(model),
    costUsd: usd,
    timeMs,
    // All zeros is the id of no span.
    externalId: /[1-9a-f]/.test(spanId ?? '') ? `span:${spanId}` : randomUUID(),
    sessionId: sessionId === undefined ? undefined : name(sessionId),
    model: name(model),
  };
}

/** Names come from model providers and users: a long one is cut, an empty one is unknown, and the money is booked. */
function name(text: string | undefined): string {
  return (text ?? '').replaceAll('\0', '').trim().slice(0, 256) || 'unknown';
}
