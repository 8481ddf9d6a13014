import type { Catalog } from '@alex/openmetrics';

/** A Grafana dashboard as classic JSON; `file` is its name without the ending. */
export interface Dashboard {
  readonly file: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** One recording rule or alert, in the words of a Prometheus rule file. */
export type Rule = {
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
} & ({ readonly record: string } | { readonly alert: string });

export interface RuleGroup {
  readonly name: string;
  readonly interval?: string;
  readonly rules: readonly Rule[];
}

/** What a system gives to the stack: the metrics it emits, and the dashboards and rules that read them. */
export interface System {
  /** Kebab-case; names its rule file. */
  readonly name: string;
  readonly catalogue: Catalog;
  readonly dashboards: readonly Dashboard[];
  readonly rules: readonly RuleGroup[];
  /** Families that come from elsewhere but that its targets emit too, for instance those of the process. */
  readonly alsoEmits?: Catalog;
  /** Families of the catalogue, by key, that no dashboard and no rule reads, each with the reason. */
  readonly unused?: Readonly<Record<string, string>>;
  /** Lint findings that are meant to be, by `dashboard or rule: rule of the lint`, each with the reason. */
  readonly exempt?: Readonly<Record<string, string>>;
}
