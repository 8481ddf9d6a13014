import { type BudgetUse, describeUse } from './budget.ts';
import type { GateState } from './gate-state.ts';

/** How long a gate that was opened by hand stays open although spending is over the limit. */
const suppressionMs = 3_600_000;

/** What a decision about the gate rests on. */
export interface GateInputs {
  readonly nowMs: number;
  /** The calendar day and month of now. */
  readonly day: string;
  readonly month: string;
  readonly daily: BudgetUse;
  readonly monthly: BudgetUse;
}

/** The reason of a gate that opened by itself. */
const withinThresholds = 'within thresholds';

/**
 * The state that follows from spending: the gate closes when a period reaches its limit and opens when every period is
 * below by the hysteresis, or when a new day or month brings spending under the limit. What was closed by hand stays so.
 * Gives the same object when nothing changes.
 */
export function decideGate(state: GateState, inputs: GateInputs): GateState {
  const { day, month, daily, monthly, nowMs } = inputs;
  const dailyTripped = isTripped(daily, state.dailyTripped === day) ? day : '';
  const monthlyTripped = isTripped(monthly, state.monthlyTripped === month) ? month : '';
  const over = dailyTripped !== '' || monthlyTripped !== '';
  // A clock that was set back must not keep a suppression alive.
  const suppressed = state.suppressed && over && Math.abs(nowMs - state.sinceMs) < suppressionMs;
  const next = { ...state, dailyTripped, monthlyTripped, suppressed, version: state.version + 1 };
  if (!state.active && over && !suppressed) {
    const kind = dailyTripped === '' ? 'monthly' : 'daily';
    const activations = { ...state.activations, [kind]: state.activations[kind] + 1 };
    const reason = describeUse(kind === 'daily' ? daily : monthly);
    return { ...next, active: true, source: 'auto', reason, sinceMs: nowMs, activations };
  }
  if (state.active && state.source === 'auto' && !over) {
    return { ...next, active: false, reason: withinThresholds, sinceMs: nowMs };
  }
  const same =
    dailyTripped === state.dailyTripped && monthlyTripped === state.monthlyTripped && suppressed === state.suppressed;
  return same ? state : next;
}

/** The state that an operator asks for. Opening it while spending is over the limit suppresses the automatic closing. */
export function orderGate(
  state: GateState,
  order: { readonly active: boolean; readonly reason: string },
  inputs: GateInputs,
): GateState {
  const { daily, monthly, nowMs } = inputs;
  const { active, reason } = order;
  const manual = state.activations.manual + (active && !state.active ? 1 : 0);
  const over = daily.triggered || monthly.triggered || state.dailyTripped !== '' || state.monthlyTripped !== '';
  return {
    ...state,
    version: state.version + 1,
    active,
    source: 'manual',
    reason,
    sinceMs: nowMs,
    suppressed: !active && over,
    activations: { ...state.activations, manual },
  };
}

function isTripped(use: BudgetUse, wasTripped: boolean): boolean {
  return use.triggered || (wasTripped && !use.released);
}
