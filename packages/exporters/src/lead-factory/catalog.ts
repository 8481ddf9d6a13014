import type { Catalog } from '@alex/openmetrics';

/** Every family of the Lead-Factory exporter. Services and operations beyond the first 200 are summed into `other`. */
export const catalog = {
  dailyCost: {
    type: 'gauge',
    name: 'lead_factory_daily_cost',
    help: 'US dollars spent today, by service.',
    labelNames: ['service'],
    literal: true,
  },
  monthlyCost: {
    type: 'gauge',
    name: 'lead_factory_monthly_cost',
    help: 'US dollars spent this calendar month, by service.',
    labelNames: ['service'],
    literal: true,
  },
  budgetUtilization: {
    type: 'gauge',
    name: 'lead_factory_budget_utilization',
    help: 'Percent of the budget used, 0 to 100 and beyond; 0 where there is no budget.',
    labelNames: ['period'],
    literal: true,
  },
  budgetLimit: {
    type: 'gauge',
    name: 'lead_factory_budget_limit_usd',
    help: 'The budget in US dollars; 0: none.',
    labelNames: ['period'],
    literal: true,
  },
  scalingGateActive: {
    type: 'gauge',
    name: 'lead_factory_scaling_gate_active',
    help: '1 while the scaling gate stops operations that are not critical, else 0.',
    literal: true,
  },
  scalingGateActivations: {
    type: 'counter',
    name: 'lead_factory_scaling_gate_activations_total',
    help: 'How often the gate closed, by what closed it, in all processes that share the ledger.',
    labelNames: ['reason_kind'],
    literal: true,
  },
  scalingGateBlockedOperations: {
    type: 'counter',
    name: 'lead_factory_scaling_gate_blocked_operations_total',
    help: 'Operations that this process did not authorize.',
    labelNames: ['service', 'operation'],
    labelLimits: { service: 200, operation: 200 },
    literal: true,
  },
  costStoreUp: {
    type: 'gauge',
    name: 'lead_factory_cost_store_up',
    help: '1 if the ledger could be read at the last look, else 0; costs are then those of before.',
    literal: true,
  },
  costStoreErrors: {
    type: 'counter',
    name: 'lead_factory_cost_store_errors_total',
    help: 'Failures of the ledger, by code.',
    labelNames: ['code'],
    literal: true,
  },
  costEntries: {
    type: 'counter',
    name: 'lead_factory_cost_entries_total',
    help: 'Entries that this process was handed, by what became of them.',
    labelNames: ['outcome'],
    literal: true,
  },
  httpRequests: {
    type: 'counter',
    name: 'lead_factory_http_requests_total',
    help: 'Requests that were answered.',
    labelNames: ['method', 'endpoint', 'http_status'],
    literal: true,
  },
  httpRequestDuration: {
    type: 'histogram',
    name: 'lead_factory_http_request_duration_seconds',
    unit: 'seconds',
    help: 'Time to answer a request.',
    labelNames: ['method', 'endpoint'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    literal: true,
  },
  buildInfo: {
    type: 'info',
    name: 'lead_factory_build_info',
    help: 'The version that runs.',
    labelNames: ['version', 'build_date', 'environment'],
    literal: true,
  },
} as const;
catalog satisfies Catalog;
