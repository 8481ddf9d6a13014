import { LedgerError } from '../errors.ts';
import type { CostStore } from '../store/cost-store.ts';
import { decideGate, type GateInputs, orderGate } from './decide-gate.ts';
import type { GateEvent, GateState } from './gate-state.ts';
import { openGate } from './gate-state.ts';
import type { BudgetSettings } from './settings.ts';

/** More contention than any number of processes makes: each lost race means that another one succeeded. */
const maximumAttempts = 50;

/** Looks at what was spent until now. */
type GateLook = () => Promise<GateInputs>;

/** The switch that stops spending. Its state lives in the store; every process that shares it sees the same. */
export class ScalingGate {
  readonly #store: CostStore;

  constructor(store: CostStore) {
    this.#store = store;
  }

  /** The stored state; an open gate where the configuration switches it off. */
  async state(settings: BudgetSettings): Promise<GateState> {
    return settings.gateEnabled ? await this.#store.gate() : switchedOff;
  }

  /**
   * Closes or opens it as spending says, and gives the state after that. A function as inputs is called after the state
   * was read, and again when another process was quicker: a look from before it closed the gate never opens it.
   */
  async evaluate(settings: BudgetSettings, inputs: GateInputs | GateLook): Promise<GateState> {
    if (!settings.gateEnabled) return switchedOff;
    return await this.#change(settings, inputs, decideGate);
  }

  /** Closes or opens it by hand; each order stands in the history. Rejects with `gate_disabled` where it is switched off. */
  async order(
    settings: BudgetSettings,
    inputs: GateInputs | GateLook,
    order: { readonly active: boolean; readonly reason: string },
  ): Promise<GateState> {
    if (!settings.gateEnabled) {
      throw new LedgerError('gate_disabled', 'The scaling gate is disabled by configuration (SCALING_GATE_ENABLED)');
    }
    return await this.#change(settings, inputs, (state, seen) => orderGate(state, order, seen), true);
  }

  /** Newest first; all when `limit` is 0 or less. */
  history(limit = 10): Promise<readonly GateEvent[]> {
    return this.#store.gateHistory(limit);
  }

  async #change(
    settings: BudgetSettings,
    inputs: GateInputs | GateLook,
    decide: (state: GateState, inputs: GateInputs) => GateState,
    always = false,
  ): Promise<GateState> {
    for (let attempt = 0; attempt < maximumAttempts; attempt++) {
      const state = await this.#store.gate();
      const seen = typeof inputs === 'function' ? await inputs() : inputs;
      const next = decide(state, seen);
      if (next === state) return state;
      const event = always || next.active !== state.active ? eventOf(next, seen) : undefined;
      const entry = event && { ...event, keep: settings.historyLimit };
      if (await this.#store.changeGate(next, entry)) return next;
    }
    throw new LedgerError('store_locked', 'The scaling gate is being changed by too many processes at once');
  }
}

/** What a gate says that the configuration switches off. */
const switchedOff: GateState = { ...openGate, reason: 'disabled by configuration' };

function eventOf(state: GateState, { nowMs, daily, monthly }: GateInputs): GateEvent {
  return {
    timeMs: nowMs,
    status: state.active ? 'activated' : 'deactivated',
    source: state.source,
    reason: state.reason,
    dailyMicroUsd: daily.spentMicroUsd,
    monthlyMicroUsd: monthly.spentMicroUsd,
    dailyBudgetMicroUsd: daily.budgetMicroUsd,
    monthlyBudgetMicroUsd: monthly.budgetMicroUsd,
  };
}
