import type { BudgetSettings } from '../budget/settings.ts';
import type { SpendDecision, SpendRequest } from '../cost-ledger.ts';
import type { CostEntry } from '../entry.ts';
import type { LedgerErrorCode } from '../errors.ts';

/** What the worker is started with. */
export interface SinkWorkerData {
  readonly location: string;
  readonly settings: Partial<BudgetSettings>;
  readonly authorizeOnError: 'allow' | 'deny';
}

export type SinkCommand =
  | { readonly kind: 'append'; readonly entry: CostEntry }
  | { readonly kind: 'authorize'; readonly request: SpendRequest }
  | { readonly kind: 'close' };

export type SinkRequest = SinkCommand & { readonly id: number };

/** The answer to the request of the same id; 0 is the start. */
export interface SinkReply {
  readonly id: number;
  readonly decision?: SpendDecision;
  readonly error?: { readonly code: LedgerErrorCode; readonly message: string };
}
