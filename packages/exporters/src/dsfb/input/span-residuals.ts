import { planRegressionResidual } from '../residuals.ts';
import type { ResidualSample } from '../sample.ts';
import type { DatabaseSpan } from './span.ts';

const baselineSpans = 3;
const defaultMaxStatements = 10_000;

/**
 * Plan-regression residuals of the spans of a file: per statement, in the order of their starts, the first three positive
 * durations make the baseline, and each later one a residual at (start - start of the file's first kept span) seconds,
 * which can be negative. Spans without a positive duration are left out. Sorted by time, then by statement.
 */
export function spansToResiduals(spans: readonly DatabaseSpan[]): ResidualSample[] {
  const kept = spans.filter(({ startNs, endNs }) => endNs > startNs);
  const [first] = kept;
  if (first === undefined) return [];
  const byStatement = Map.groupBy(kept, ({ statementHash }) => statementHash);
  return [...byStatement.keys()]
    .sort()
    .flatMap((statement) => {
      const baseline = new Baseline();
      const inOrder = byStatement.get(statement)!.toSorted((a, b) => Number(a.startNs - b.startNs));
      return inOrder.flatMap((span) => {
        const value = baseline.residual(Number(span.endNs - span.startNs));
        if (value === undefined) return [];
        return { t: Number(span.startNs - first.startNs) / 1e9, class: 'plan_regression', value, channel: statement };
      }) satisfies ResidualSample[];
    })
    .sort((a, b) => a.t - b.t);
}

/** The same for spans that keep coming, in the order of their arrival; times are Unix seconds. */
export class LiveSpanResiduals {
  readonly #maxStatements: number;
  /** In the order of their last spans. */
  readonly #baselines = new Map<string, Baseline>();

  /** Beyond `maxStatements` the baseline of the statement that was idle longest is forgotten. Default 10 000. */
  constructor(maxStatements: number = defaultMaxStatements) {
    this.#maxStatements = maxStatements;
  }

  /** The residual of a span; nothing while the baseline is made, and for a span without a positive duration. */
  push({ startNs, endNs, statementHash }: DatabaseSpan): ResidualSample | undefined {
    if (endNs <= startNs) return undefined;
    const baseline = this.#baselines.get(statementHash) ?? new Baseline();
    this.#baselines.delete(statementHash);
    this.#baselines.set(statementHash, baseline);
    if (this.#baselines.size > this.#maxStatements) {
      this.#baselines.delete(this.#baselines.keys().next().value!);
    }
    const value = baseline.residual(Number(endNs - startNs));
    if (value === undefined) return undefined;
    return { t: Number(startNs / 1000n) / 1e6, class: 'plan_regression', value, channel: statementHash };
  }
}

class Baseline {
  #count = 0;
  #sum = 0;

  residual(duration: number): number | undefined {
    if (this.#count < baselineSpans) {
      this.#count++;
      this.#sum += duration;
      return undefined;
    }
    return planRegressionResidual(duration, this.#sum / baselineSpans);
  }
}
