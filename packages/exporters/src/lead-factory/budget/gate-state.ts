/** Why a gate closed. */
export type ReasonKind = 'daily' | 'monthly' | 'manual';

/** The state of the scaling gate, as all processes share it. */
export interface GateState {
  /** Goes up by one with each change: a change of an older version is refused. */
  readonly version: number;
  /** Active means closed: only critical operations may spend. */
  readonly active: boolean;
  /** Who closed it, or opened it last. */
  readonly source: 'auto' | 'manual';
  readonly reason: string;
  /** Unix milliseconds of the last opening or closing. */
  readonly sinceMs: number;
  /** The day and the month (`2026-11-21`, `2026-11`) whose budget is over its limit; empty: none. */
  readonly dailyTripped: string;
  readonly monthlyTripped: string;
  /** Opened by hand while over the limit: it stays open until spending was below once, or an hour passed. */
  readonly suppressed: boolean;
  /** How often it closed, by kind of reason. */
  readonly activations: Readonly<Record<ReasonKind, number>>;
}

/** One line of the gate's history. Amounts are micro-dollars. */
export interface GateEvent {
  readonly timeMs: number;
  readonly status: 'activated' | 'deactivated';
  readonly source: 'auto' | 'manual';
  readonly reason: string;
  readonly dailyMicroUsd: number;
  readonly monthlyMicroUsd: number;
  readonly dailyBudgetMicroUsd: number;
  readonly monthlyBudgetMicroUsd: number;
}

/** A gate that was never touched. */
export const openGate: GateState = {
  version: 0,
  active: false,
  source: 'auto',
  reason: '',
  sinceMs: 0,
  dailyTripped: '',
  monthlyTripped: '',
  suppressed: false,
  activations: { daily: 0, monthly: 0, manual: 0 },
};
