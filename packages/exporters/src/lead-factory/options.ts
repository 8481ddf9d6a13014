import { defineOptions, type OptionDeclaration, type ServiceOptionDeclarations, serviceOptions } from '@alex/service';
import type { BudgetSettings } from './budget/settings.ts';
import { defaultLocation } from './store/open-cost-store.ts';

type Numeric = OptionDeclaration & { readonly type: 'number' };
type Text = OptionDeclaration & { readonly type: 'string' };

/** Where the ledger is. */
export interface LedgerOptionDeclarations {
  readonly db: Text;
}

export const ledgerOptions: LedgerOptionDeclarations = {
  db: {
    type: 'string',
    env: 'DB_PATH',
    valueName: 'path|url',
    description: 'The ledger: a SQLite file or a postgres:// URL. Default: costs.db in ~/.alex.',
  },
};

/** The location of the ledger that options name. */
export function locationOf(db: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  return db ?? defaultLocation(env);
}

/** Budgets and gate. What is not given is what the ledger keeps, else the default. */
export interface BudgetOptionDeclarations {
  readonly dailyBudget: Numeric;
  readonly monthlyBudget: Numeric;
  readonly dailyAlertThreshold: Numeric;
  readonly monthlyAlertThreshold: Numeric;
  readonly gate: Text;
  readonly gateDailyThreshold: Numeric;
  readonly gateMonthlyThreshold: Numeric;
  readonly gateHysteresis: Numeric;
  readonly gateHistoryLimit: OptionDeclaration & { readonly type: 'integer' };
  readonly timeZone: Text;
  readonly criticalOperations: OptionDeclaration & { readonly type: 'list' };
}

const threshold = { type: 'number', minimum: 0, maximum: 100, valueName: 'fraction' } as const;

const budgetOptions: BudgetOptionDeclarations = {
  dailyBudget: {
    type: 'number',
    env: 'DAILY_BUDGET',
    valueName: 'dollars',
    description: 'Dollars per day; 0: no budget. Default: what the ledger keeps, else 50.',
  },
  monthlyBudget: {
    type: 'number',
    env: 'MONTHLY_BUDGET',
    valueName: 'dollars',
    description: 'Dollars per calendar month; 0: no budget. Default: what the ledger keeps, else 1000.',
  },
  dailyAlertThreshold: {
    ...threshold,
    env: 'DAILY_ALERT_THRESHOLD',
    description: 'Part of the daily budget at which a warning is logged. Default 0.8.',
  },
  monthlyAlertThreshold: {
    ...threshold,
    env: 'MONTHLY_ALERT_THRESHOLD',
    description: 'Part of the monthly budget at which a warning is logged. Default 0.8.',
  },
  gate: {
    type: 'string',
    env: 'SCALING_GATE_ENABLED',
    valueName: 'true|false',
    description: 'Whether the gate may close: true, anything else is no. Default true.',
  },
  gateDailyThreshold: {
    ...threshold,
    env: 'SCALING_GATE_DAILY_THRESHOLD',
    description: 'Part of the daily budget at which the gate closes. Default 0.9.',
  },
  gateMonthlyThreshold: {
    ...threshold,
    env: 'SCALING_GATE_MONTHLY_THRESHOLD',
    description: 'Part of the monthly budget at which the gate closes. Default 0.9.',
  },
  gateHysteresis: {
    ...threshold,
    env: 'SCALING_GATE_HYSTERESIS',
    description: 'Part of the budget by which spending must be below that for the gate to open. Default 0.02.',
  },
  gateHistoryLimit: {
    type: 'integer',
    minimum: 1,
    env: 'SCALING_GATE_HISTORY_LIMIT',
    description: 'Lines of history that are kept. Default 100.',
  },
  timeZone: {
    type: 'string',
    env: 'BUDGET_TIMEZONE',
    valueName: 'zone',
    description: 'IANA time zone of days and months. Default: what the ledger keeps, else that of the machine.',
  },
  criticalOperations: {
    type: 'list',
    flag: 'critical-operation',
    env: 'CRITICAL_OPERATIONS',
    valueName: 'pattern',
    description: 'Operation that may spend while the gate is closed: operation, service.operation, or with *.',
  },
};

type BudgetOptionValues = { readonly [Key in keyof BudgetOptionDeclarations]?: unknown };

/** The settings that were given, and only those. */
export function givenSettings(values: BudgetOptionValues): Partial<BudgetSettings> {
  const { gate, criticalOperations } = values;
  const given: Record<string, unknown> = {
    dailyBudgetUsd: values.dailyBudget,
    monthlyBudgetUsd: values.monthlyBudget,
    dailyAlertThreshold: values.dailyAlertThreshold,
    monthlyAlertThreshold: values.monthlyAlertThreshold,
    gateEnabled: gate === undefined ? undefined : String(gate).trim().toLowerCase() === 'true',
    gateDailyThreshold: values.gateDailyThreshold,
    gateMonthlyThreshold: values.gateMonthlyThreshold,
    hysteresis: values.gateHysteresis,
    historyLimit: values.gateHistoryLimit,
    timeZone: values.timeZone,
    criticalOperations: (criticalOperations as readonly string[] | undefined)?.length ? criticalOperations : undefined,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** The options of `serve`. */
export interface ServeOptionDeclarations
  extends ServiceOptionDeclarations,
    LedgerOptionDeclarations,
    BudgetOptionDeclarations {
  readonly environment: OptionDeclaration & { readonly type: 'string'; readonly default: 'development' };
  readonly buildDate: Text;
  readonly gateFile: Text;
  readonly gateWebhook: Text;
  readonly gateCommand: Text;
  readonly authorizeOnError: OptionDeclaration & {
    readonly type: 'choice';
    readonly values: readonly ['allow', 'deny'];
    readonly default: 'allow';
  };
}

export const serveOptions: ServeOptionDeclarations = defineOptions({
  ...serviceOptions({
    port: 8000,
    host: '0.0.0.0',
    env: {
      host: 'METRICS_HOST',
      port: 'METRICS_PORT',
      token: 'METRICS_ADMIN_TOKEN',
      logLevel: 'LOG_LEVEL',
      logFormat: 'LOG_FORMAT',
    },
  }),
  ...ledgerOptions,
  ...budgetOptions,
  environment: {
    type: 'string',
    default: 'development',
    env: 'ENVIRONMENT',
    description: 'A label of the build information.',
  },
  buildDate: { type: 'string', env: 'BUILD_DATE', description: 'Likewise. Default: when the service started.' },
  gateFile: {
    type: 'string',
    env: 'SCALING_GATE_FILE',
    valueName: 'file',
    description: 'State of the gate, or its lock file, of an older installation: taken over once.',
  },
  gateWebhook: {
    type: 'string',
    env: 'SCALING_GATE_WEBHOOK',
    valueName: 'url',
    description: 'Told by POST when the gate closes or opens.',
  },
  gateCommand: {
    type: 'string',
    env: 'SCALING_GATE_COMMAND',
    valueName: 'command',
    description: 'Run when the gate closes or opens, with GATE_EVENT, GATE_REASON and GATE_SOURCE.',
  },
  authorizeOnError: {
    type: 'choice',
    values: ['allow', 'deny'],
    default: 'allow',
    env: 'AUTHORIZE_ON_ERROR',
    description: 'What /authorize answers while the ledger cannot be read and no closed gate is known.',
  },
});

/** The same for commands that do not serve: from the environment only, so that `--help` stays short. */
export const budgetEnvironment: BudgetOptionDeclarations = Object.fromEntries(
  Object.entries(budgetOptions).map(([key, declaration]) => [key, { ...declaration, flag: false }]),
) as unknown as BudgetOptionDeclarations;
