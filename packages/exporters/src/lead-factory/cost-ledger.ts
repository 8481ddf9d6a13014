import { type BudgetUse, budgetUse, describeUse } from './budget/budget.ts';
import { Calendar, type Period, type PeriodRequest } from './budget/calendar.ts';
import { CriticalOperations } from './budget/critical-operations.ts';
import type { GateInputs } from './budget/decide-gate.ts';
import type { GateState } from './budget/gate-state.ts';
import { ScalingGate } from './budget/scaling-gate.ts';
import {
  type BudgetSettings,
  defaultSettings,
  mergeSettings,
  parseSettings,
  serializeSettings,
} from './budget/settings.ts';
import { Coalesced } from './coalesced.ts';
import { type CostEntry, requiredText, toRecord } from './entry.ts';
import { isStoreError, LedgerError } from './errors.ts';
import { steadyClock } from './steady-clock.ts';
import type { CostStore, CostSum } from './store/cost-store.ts';

const settingsKey = 'budget';

/** Longer than a store waits for a lock, shorter than Prometheus waits for a scrape. */
const checkTimeoutMs = 7000;

interface LedgerLog {
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export interface CostLedgerOptions {
  readonly store: CostStore;
  /** These win over the settings that the store keeps, which win over the defaults. */
  readonly settings?: Partial<BudgetSettings>;
  /** Unix milliseconds. */
  readonly now?: () => number;
  /** Told of thresholds that are crossed and of the gate, once each. */
  readonly log?: LedgerLog;
  /** Told when the gate closed or opened, whoever did it. */
  readonly onGateChange?: (gate: GateState) => void;
  /** Told of each failure of the store. */
  readonly onStoreError?: (error: unknown) => void;
  /** What `authorize` answers while the store cannot be read and no gate was ever seen. Default allow. */
  readonly authorizeOnError?: 'allow' | 'deny';
}

/** What was spent, what that means for the budgets, and the gate after it. */
export interface BudgetStatus {
  readonly nowMs: number;
  readonly settings: BudgetSettings;
  readonly daily: BudgetUse;
  readonly monthly: BudgetUse;
  readonly gate: GateState;
  /** By service, most expensive first. */
  readonly today: readonly CostSum[];
  readonly thisMonth: readonly CostSum[];
}

export interface SpendRequest {
  readonly service: string;
  readonly operation: string;
}

/** Advice, not a reservation. */
export interface SpendDecision {
  readonly allowed: boolean;
  readonly reason: string;
}

/** One look at the costs. */
interface Look extends Pick<BudgetStatus, 'today' | 'thisMonth'> {
  readonly inputs: GateInputs;
}

/** The ledger of one process: books costs, compares them with the budgets and works the gate. */
export class CostLedger {
  readonly #options: CostLedgerOptions;
  readonly #store: CostStore;
  readonly #gate: ScalingGate;
  readonly #now: () => number;
  readonly #check: Coalesced<BudgetStatus>;
  #known: { readonly settings: BudgetSettings; readonly calendar: Calendar; readonly critical: CriticalOperations };
  #lastGate: GateState | undefined;
  readonly #warned = { daily: '', monthly: '' };

  /** Throws LedgerError `invalid_argument` for settings that are wrong. */
  constructor(options: CostLedgerOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#gate = new ScalingGate(options.store);
    this.#now = steadyClock(options.now ?? Date.now);
    this.#known = derive(mergeSettings(defaultSettings(), options.settings ?? {}));
    this.#check = new Coalesced(() => this.#evaluate());
  }

  /**
   * Books money that was spent, whatever the gate says, and evaluates the budgets. Resolves when the entry is durable,
   * with whether it was new. Rejects with `invalid_argument` or a store's error.
   */
  async log(entry: CostEntry): Promise<boolean> {
    const [added] = await this.logAll([entry]);
    return added!;
  }

  /** Books several entries in one transaction: all or none. */
  async logAll(entries: readonly CostEntry[]): Promise<readonly boolean[]> {
    const nowMs = this.#now();
    const records = entries.map((entry) => toRecord(entry, nowMs));
    const added = await this.#reporting(this.#store.append(records));
    // What is booked stays booked when the budgets cannot be evaluated right now.
    await this.check().catch(() => undefined);
    return added;
  }

  /** Whether an operation may spend now. Rejects with `invalid_argument` only. */
  async authorize({ service, operation }: SpendRequest): Promise<SpendDecision> {
    const [name, what] = [requiredText('service', service), requiredText('operation', operation)];
    const gate = await this.#gateOrLast();
    if (gate !== undefined && !gate.active) return { allowed: true, reason: 'the scaling gate is not active' };
    if (this.#known.critical.has(name, what)) return { allowed: true, reason: 'critical operation' };
    if (gate !== undefined) return { allowed: false, reason: `the scaling gate is active: ${gate.reason}` };
    return this.#options.authorizeOnError === 'deny'
      ? { allowed: false, reason: 'the cost store is unavailable' }
      : { allowed: true, reason: 'the cost store is unavailable, and no closed gate is known' };
  }

  /**
   * Compares spending with the budgets and closes or opens the gate. Calls at the same time share one look. Rejects with
   * `store_unavailable` when the store does not answer within 7 s.
   */
  check(): Promise<BudgetStatus> {
    return this.#reporting(inTime(this.#check.run()));
  }

  /** The days of a period, in the time zone of the budgets. Throws LedgerError `invalid_argument`. */
  period(request: PeriodRequest): Period {
    return this.#known.calendar.period(request, this.#now());
  }

  /** The settings in force: after the first `check` those of the store count, too. */
  get settings(): BudgetSettings {
    return this.#known.settings;
  }

  get store(): CostStore {
    return this.#store;
  }

  /** Closes or opens the gate by hand. Gives the state after it. */
  async order(active: boolean, reason: string): Promise<GateState> {
    const text = requiredText('reason', reason);
    await this.#reporting(this.#reloadSettings());
    const look = async (): Promise<GateInputs> => (await this.#look()).inputs;
    const gate = await this.#reporting(this.#gate.order(this.#known.settings, look, { active, reason: text }));
    this.#noticeGate(gate);
    return gate;
  }

  /** Keeps the settings in the store, for all processes that share it. */
  async saveSettings(): Promise<void> {
    await this.#reporting(this.#reloadSettings());
    await this.#reporting(this.#store.saveSetting(settingsKey, serializeSettings(this.#known.settings)));
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #evaluate(): Promise<BudgetStatus> {
    await this.#reloadSettings();
    const { settings } = this.#known;
    let seen: Look | undefined;
    const look = async (): Promise<GateInputs> => {
      seen = await this.#look();
      return seen.inputs;
    };
    const gate = await this.#gate.evaluate(settings, look);
    const { inputs, today, thisMonth } = seen ?? (await this.#look());
    this.#warn(inputs.daily, inputs.day);
    this.#warn(inputs.monthly, inputs.month);
    this.#noticeGate(gate);
    return { nowMs: inputs.nowMs, settings, daily: inputs.daily, monthly: inputs.monthly, gate, today, thisMonth };
  }

  async #look(): Promise<Look> {
    const { settings, calendar } = this.#known;
    const nowMs = this.#now();
    const [day, month] = [calendar.day(nowMs), calendar.month(nowMs)];
    const today = await this.#store.sumByService(day);
    const thisMonth = await this.#store.sumByService(month);
    const use = budgetUse(settings, { dailyMicroUsd: sum(today), monthlyMicroUsd: sum(thisMonth) });
    return { inputs: { nowMs, day: day.end, month: day.end.slice(0, 7), ...use }, today, thisMonth };
  }

  /** Another process may have changed what the store keeps: all of them must work the gate by the same budgets. */
  async #reloadSettings(): Promise<void> {
    const stored = parseSettings(await this.#store.setting(settingsKey));
    const settings = mergeSettings(stored ?? defaultSettings(), this.#options.settings ?? {});
    if (serializeSettings(settings) !== serializeSettings(this.#known.settings)) this.#known = derive(settings);
  }

  async #gateOrLast(): Promise<GateState | undefined> {
    try {
      return (await this.check()).gate;
    } catch (error) {
      if (!isStoreError(error)) throw error;
      return this.#options.authorizeOnError === 'deny' ? undefined : this.#lastGate;
    }
  }

  #warn(use: BudgetUse, key: string): void {
    if (!use.exceeded) this.#warned[use.period] = '';
    else if (this.#warned[use.period] !== key) {
      this.#warned[use.period] = key;
      this.#options.log?.warn(`Budget threshold reached: ${describeUse(use)}`);
    }
  }

  #noticeGate(gate: GateState): void {
    const last = this.#lastGate;
    // A check that an order overtook; a gate that is switched off has no version.
    if (last !== undefined && gate.version > 0 && gate.version < last.version) return;
    this.#lastGate = gate;
    if (gate.active === (last?.active ?? false)) return;
    if (gate.active) this.#options.log?.error(`Scaling gate closed: ${gate.reason}`);
    else this.#options.log?.info(`Scaling gate open: ${gate.reason}`);
    if (last !== undefined) this.#options.onGateChange?.(gate);
  }

  async #reporting<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      if (isStoreError(error)) this.#options.onStoreError?.(error);
      throw error;
    }
  }
}

async function inTime<Result>(work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new LedgerError('store_unavailable', `The cost ledger does not answer within ${checkTimeoutMs} ms`));
    }, checkTimeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function derive(settings: BudgetSettings) {
  return {
    settings,
    calendar: new Calendar(settings.timeZone),
    critical: new CriticalOperations(settings.criticalOperations),
  };
}

function sum(costs: readonly CostSum[]): number {
  return costs.reduce((total, { microUsd }) => total + microUsd, 0);
}
