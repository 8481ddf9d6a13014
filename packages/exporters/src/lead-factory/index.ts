export type { PeriodRequest } from './budget/calendar.ts';
export type { GateEvent, GateState } from './budget/gate-state.ts';
export { ScalingGate } from './budget/scaling-gate.ts';
export type { BudgetSettings } from './budget/settings.ts';
export { command, leadFactoryMetrics } from './command.ts';
export {
  type BudgetStatus,
  CostLedger,
  type CostLedgerOptions,
  type SpendDecision,
  type SpendRequest,
} from './cost-ledger.ts';
export type { CostEntry } from './entry.ts';
export { LedgerError, type LedgerErrorCode } from './errors.ts';
export { type CostServiceOptions, costService } from './service/cost-service.ts';
export { costSink, type LedgerSink, type LlmCost } from './sink/cost-sink.ts';
export type { CostStore, CostSum, StoredEntry, TimeRange } from './store/cost-store.ts';
export { openCostStore } from './store/open-cost-store.ts';
