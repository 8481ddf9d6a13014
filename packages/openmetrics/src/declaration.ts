/** What a family is, before it has any series. A catalogue is a constant that maps keys to declarations. */
export interface FamilyDeclaration {
  readonly type: 'counter' | 'gauge' | 'updowncounter' | 'histogram' | 'info' | 'stateset';
  /** An OpenTelemetry or plain name, translated by the registry's strategy, unless `literal`. */
  readonly name: string;
  /** A UCUM unit (`s`, `By`, `{token}`) or an OpenMetrics word (`seconds`). */
  readonly unit?: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
  /** Upper bounds of a histogram, ascending. */
  readonly buckets?: readonly number[];
  /** The states of a state set. */
  readonly states?: readonly string[];
  /** The name is the one on the wire and is never touched. */
  readonly literal?: boolean;
  /** At most this many distinct values of a label; further ones become `other`. */
  readonly labelLimits?: Readonly<Record<string, number>>;
  /** Why the naming lint does not apply, by rule. */
  readonly lintExempt?: Readonly<Record<string, string>>;
}

/** All families of a system, by a key that code uses. */
export type Catalog = Readonly<Record<string, FamilyDeclaration>>;

/** The four strategies of Prometheus 3 for names that come from OpenTelemetry. */
export type TranslationStrategy =
  | 'UnderscoreEscapingWithSuffixes'
  | 'UnderscoreEscapingWithoutSuffixes'
  | 'NoUTF8EscapingWithSuffixes'
  | 'NoTranslation';
