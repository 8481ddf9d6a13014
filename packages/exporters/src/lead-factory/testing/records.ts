import type { CostRecord } from '../entry.ts';
import { toMicroUsd } from '../money.ts';

/** A record of a cost in dollars at a moment, ISO 8601. */
export function record(service: string, usd: number, at: string, more: Partial<CostRecord> = {}): CostRecord {
  return {
    service,
    operation: 'call',
    microUsd: toMicroUsd(usd),
    timeMs: Date.parse(at),
    externalId: null,
    tier: null,
    businessId: null,
    sessionId: null,
    model: null,
    ...more,
  };
}
