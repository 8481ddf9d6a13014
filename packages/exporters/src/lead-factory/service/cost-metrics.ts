import type { Gauge, Registry } from '@alex/openmetrics';
import type { ReasonKind } from '../budget/gate-state.ts';
import { catalog } from '../catalog.ts';
import type { BudgetStatus } from '../cost-ledger.ts';
import { LedgerError } from '../errors.ts';
import { toUsd } from '../money.ts';
import type { CostSum } from '../store/cost-store.ts';

/** Series of one label; what is beyond is summed into `other`. */
const maximumServices = 200;
const reasonKinds: readonly ReasonKind[] = ['daily', 'monthly', 'manual'];
const storeErrorCodes = ['unavailable', 'locked', 'full', 'read_only', 'corrupt'] as const;
const outcomes = ['booked', 'duplicate', 'refused', 'failed'] as const;

export type EntryOutcome = (typeof outcomes)[number];

/** The gauges and counters of the exporter. */
export class CostMetrics {
  readonly #daily: Gauge<readonly ['service']>;
  readonly #monthly: Gauge<readonly ['service']>;
  readonly #registry: Registry;
  readonly #seenActivations: Record<ReasonKind, number> = { daily: 0, monthly: 0, manual: 0 };

  constructor(registry: Registry) {
    this.#registry = registry;
    this.#daily = registry.gauge(catalog.dailyCost);
    this.#monthly = registry.gauge(catalog.monthlyCost);
    registry.gauge(catalog.budgetUtilization).declareSeries(['daily'], ['monthly']);
    registry.gauge(catalog.budgetLimit).declareSeries(['daily'], ['monthly']);
    registry.counter(catalog.scalingGateActivations).declareSeries(...reasonKinds.map((kind) => [kind] as const));
    registry.counter(catalog.costStoreErrors).declareSeries(...storeErrorCodes.map((code) => [code] as const));
    registry.counter(catalog.costEntries).declareSeries(...outcomes.map((outcome) => [outcome] as const));
  }

  /** Sets all gauges from one look at the ledger; services that are no longer in the period lose their series. */
  show({ daily, monthly, gate, today, thisMonth }: BudgetStatus): void {
    const months = capped(thisMonth);
    const known = new Set(months.map(({ name }) => name));
    const todayByName = new Map(months.map(({ name }) => [name, 0]));
    for (const { name, microUsd } of today) {
      const label = known.has(name) ? name : 'other';
      todayByName.set(label, (todayByName.get(label) ?? 0) + microUsd);
    }
    this.#daily.clear();
    this.#monthly.clear();
    for (const [name, microUsd] of todayByName) this.#daily.labels(name).set(toUsd(microUsd));
    for (const { name, microUsd } of months) this.#monthly.labels(name).set(toUsd(microUsd));
    for (const use of [daily, monthly]) {
      this.#registry.gauge(catalog.budgetUtilization).labels(use.period).set(use.percent);
      this.#registry.gauge(catalog.budgetLimit).labels(use.period).set(toUsd(use.budgetMicroUsd));
    }
    this.#registry
      .gauge(catalog.scalingGateActive)
      .labels()
      .set(gate.active ? 1 : 0);
    for (const kind of reasonKinds) {
      const more = gate.activations[kind] - this.#seenActivations[kind];
      if (more <= 0) continue;
      this.#registry.counter(catalog.scalingGateActivations).labels(kind).add(more);
      this.#seenActivations[kind] = gate.activations[kind];
    }
    this.storeUp(true);
  }

  storeUp(up: boolean): void {
    this.#registry
      .gauge(catalog.costStoreUp)
      .labels()
      .set(up ? 1 : 0);
  }

  storeError(error: unknown): void {
    const code = LedgerError.isInstance(error) ? error.code.replace('store_', '') : 'unavailable';
    this.#registry.counter(catalog.costStoreErrors).labels(code).add(1);
  }

  entry(outcome: EntryOutcome): void {
    this.#registry.counter(catalog.costEntries).labels(outcome).add(1);
  }

  blocked(service: string, operation: string): void {
    this.#registry.counter(catalog.scalingGateBlockedOperations).labels(service, operation).add(1);
  }

  build(version: string, buildDate: string, environment: string): void {
    this.#registry.info(catalog.buildInfo).set(version, buildDate, environment);
  }
}

/** The most expensive services; the others as one that is named `other`. */
function capped(sums: readonly CostSum[]): readonly CostSum[] {
  const kept = sums.filter(({ name }) => name !== 'other').slice(0, maximumServices);
  const names = new Set(kept.map(({ name }) => name));
  const rest = sums.filter(({ name }) => !names.has(name));
  if (rest.length === 0) return kept;
  const add = (pick: 'microUsd' | 'entries'): number => rest.reduce((total, one) => total + one[pick], 0);
  return [...kept, { name: 'other', microUsd: add('microUsd'), entries: add('entries') }];
}
