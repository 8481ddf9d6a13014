import type { Router } from '@alex/service';
import type { GateState } from '../budget/gate-state.ts';
import { budgetJson, costsJson, eventJson, gateJson } from '../budget-json.ts';
import type { BudgetStatus, CostLedger } from '../cost-ledger.ts';
import type { CostEntry } from '../entry.ts';
import { isStoreError, LedgerError } from '../errors.ts';
import { parseTime } from '../parse-time.ts';
import type { CostMetrics } from './cost-metrics.ts';

export interface RouteOptions {
  /** Throws LedgerError while the store is not open. */
  readonly ledger: () => CostLedger;
  readonly metrics: () => CostMetrics;
}

interface Answer {
  readonly status: 200 | 400 | 409 | 503;
  readonly body: object;
}

/** The routes of the exporter: costs, budget and gate to read; authorizing, booking and switching with the token. */
export function addRoutes(router: Router, options: RouteOptions): void {
  const { ledger } = options;
  const read = (path: string, respond: (status: BudgetStatus) => object): void => {
    router.get(path, async (context) => {
      const { status, body } = await answer(async () => respond(await ledger().check()));
      return context.json(body, status);
    });
  };
  read('/costs/daily', ({ today }) => costsJson(today));
  read('/costs/monthly', ({ thisMonth }) => costsJson(thisMonth));
  read('/budget', budgetJson);
  read('/scaling-gate/status', ({ gate, nowMs }) => gateJson(gate, nowMs));
  router.get('/scaling-gate/history', async (context) => {
    const { status, body } = await answer(async () => {
      const limit = limitOf(context.req.query('limit'));
      return { history: (await ledger().store.gateHistory(limit)).map(eventJson) };
    });
    return context.json(body, status);
  });
  addWritingRoutes(router, options);
}

function addWritingRoutes(router: Router, { ledger, metrics }: RouteOptions): void {
  router.post('/authorize', async (context) => {
    const { status, body } = await answer(async () => {
      const { service, operation } = objectOf(await context.req.json());
      const decision = await ledger().authorize({ service: service as string, operation: operation as string });
      if (!decision.allowed) metrics().blocked(String(service), String(operation));
      return decision;
    });
    return context.json(body, status);
  });
  router.post('/costs', async (context) => {
    const given: unknown = await context.req.json();
    const { status, body } = await answer(() => book(ledger(), metrics(), objectOf(given)));
    return context.json(body, status);
  });
  router.post('/scaling-gate', async (context) => {
    const given: unknown = await context.req.json();
    const { status, body } = await answer(async () => {
      const { active, reason } = objectOf(given);
      if (typeof active !== 'boolean') throw new LedgerError('invalid_argument', 'active must be true or false');
      return switched(await ledger().order(active, reason as string));
    });
    return context.json(body, status);
  });
}

async function book(ledger: CostLedger, metrics: CostMetrics, given: Record<string, unknown>): Promise<object> {
  try {
    const added = await ledger.log(entryOf(given));
    metrics.entry(added ? 'booked' : 'duplicate');
    return { recorded: added, duplicate: !added };
  } catch (error) {
    metrics.entry(isStoreError(error) ? 'failed' : 'refused');
    throw error;
  }
}

/** The entry of a JSON body; what is wrong in it is found by the ledger, except the time. */
function entryOf(given: Record<string, unknown>): CostEntry {
  const { timestamp } = given;
  const timeMs = parseTime(timestamp);
  if (timeMs === undefined && timestamp !== undefined)
    throw new LedgerError('invalid_argument', 'timestamp must be ISO 8601');
  return {
    service: given['service'] as string,
    operation: given['operation'] as string,
    costUsd: given['cost_dollars'] as number,
    timeMs,
    externalId: given['external_id'] as string | undefined,
    tier: given['tier'] as number | undefined,
    businessId: given['business_id'] as number | undefined,
    sessionId: given['session_id'] as string | undefined,
    model: given['model'] as string | undefined,
  };
}

async function answer(work: () => Promise<object>): Promise<Answer> {
  try {
    return { status: 200, body: await work() };
  } catch (error) {
    if (isStoreError(error)) return { status: 503, body: { error: 'cost store unavailable' } };
    if (!LedgerError.isInstance(error)) throw error;
    return { status: error.code === 'gate_disabled' ? 409 : 400, body: { error: error.message, code: error.code } };
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new LedgerError('invalid_argument', 'the body must be a JSON object');
}

function limitOf(text: string | undefined): number {
  const limit = Number(text ?? 10);
  if (!Number.isSafeInteger(limit)) throw new LedgerError('invalid_argument', 'limit must be an integer');
  return limit;
}

function switched(gate: GateState): object {
  return gateJson(gate, gate.sinceMs);
}
