import { LedgerError } from '../errors.ts';
import { Calendar, machineTimeZone } from './calendar.ts';

/** What a budget allows. Kept in the store by the service, so that all processes that share it agree. */
export interface BudgetSettings {
  /** US dollars; 0 or less: no budget. */
  readonly dailyBudgetUsd: number;
  readonly monthlyBudgetUsd: number;
  /** Fractions of the budget at which a warning is logged. */
  readonly dailyAlertThreshold: number;
  readonly monthlyAlertThreshold: number;
  readonly gateEnabled: boolean;
  /** Fractions of the budget at which the gate closes. */
  readonly gateDailyThreshold: number;
  readonly gateMonthlyThreshold: number;
  /** By how much of the budget spending must be below that, for the gate to open within the same day or month. */
  readonly hysteresis: number;
  /** Lines of the gate's history that are kept. */
  readonly historyLimit: number;
  /** IANA name. */
  readonly timeZone: string;
  /** Patterns of operations that may spend while the gate is closed, beside the built-in ones. */
  readonly criticalOperations: readonly string[];
}

/** What holds where nothing was configured. */
export function defaultSettings(): BudgetSettings {
  return {
    dailyBudgetUsd: 50,
    monthlyBudgetUsd: 1000,
    dailyAlertThreshold: 0.8,
    monthlyAlertThreshold: 0.8,
    gateEnabled: true,
    gateDailyThreshold: 0.9,
    gateMonthlyThreshold: 0.9,
    hysteresis: 0.02,
    historyLimit: 100,
    timeZone: machineTimeZone(),
    criticalOperations: [],
  };
}

/** Settings on top of `base`, checked. Throws LedgerError `invalid_argument` that names the setting. */
export function mergeSettings(
  base: BudgetSettings,
  over: Partial<Record<keyof BudgetSettings, unknown>>,
): BudgetSettings {
  const merged: Record<string, unknown> = { ...base };
  for (const key of Object.keys(base) as (keyof BudgetSettings)[]) {
    const value = over[key];
    if (value === undefined) continue;
    if (!isLike(base[key], value)) throw wrong(key, value);
    merged[key] = value;
  }
  const settings = merged as unknown as BudgetSettings;
  new Calendar(settings.timeZone);
  return settings;
}

/** Settings as text, for the store. */
export function serializeSettings(settings: BudgetSettings): string {
  return JSON.stringify(settings);
}

/** What a store kept; `undefined` where that is unreadable, so that defaults and options decide. */
export function parseSettings(text: string | undefined): BudgetSettings | undefined {
  if (text === undefined) return undefined;
  try {
    return mergeSettings(defaultSettings(), JSON.parse(text) as Partial<BudgetSettings>);
  } catch {
    return undefined;
  }
}

function isLike(pattern: unknown, value: unknown): boolean {
  if (Array.isArray(pattern)) return Array.isArray(value) && value.every((item) => typeof item === 'string');
  return typeof value === typeof pattern && (typeof value !== 'number' || Number.isFinite(value));
}

function wrong(key: string, value: unknown): LedgerError {
  return new LedgerError('invalid_argument', `The setting ${key} cannot be ${JSON.stringify(value)}`);
}
