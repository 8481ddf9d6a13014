import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

interface Matcher {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
}

/** One reading of a metric. */
export interface Selector {
  /** Absent where only matchers select. */
  readonly metric?: string;
  readonly matchers: readonly Matcher[];
  /** The range as written, `$__rate_interval` included; absent for an instant vector. */
  readonly range?: string;
  /** Functions and aggregations around it, from the inside to the outside. */
  readonly around: readonly string[];
  /** Labels that every aggregation with `by` around it keeps; `undefined` when none has `by`. */
  readonly keeps?: readonly string[];
}

/** A division whose divisor can be zero: neither a constant nor filtered with `> 0` nor clamped. */
export interface Parsed {
  readonly selectors: readonly Selector[];
  /** Every label that `by`, `without`, `on`, `ignoring` and `group_left` name. */
  readonly groupedBy: readonly string[];
  /** Labels that label_replace, label_join and count_values make. */
  readonly made: readonly string[];
  readonly unguardedDivisors: readonly string[];
  /** Arguments of histogram_quantile that do not keep `le`. */
  readonly quantilesWithoutLe: readonly string[];
}

const durations = /\[\s*(\$\w+|\$\{\w+\})(?=\s*[\]:])/g;

/** Grafana's durations are no PromQL: same-length stand-ins keep every position. */
function standIn(expression: string): string {
  return expression.replace(durations, (text) => `[${'1s'.padStart(text.length - 1, '0')}`);
}

/** Reads an expression of a panel or a rule. Throws where it is no PromQL. */
export function parsePromql(expression: string): Parsed {
  const text = standIn(expression);
  const tree = parser.parse(text);
  const reader = new Reader(expression);
  tree.iterate({
    enter(node) {
      if (node.type.isError) throw new SyntaxError(`no PromQL at character ${node.from + 1}: ${expression}`);
      reader.visit(node.node);
    },
  });
  return reader;
}

class Reader implements Parsed {
  readonly selectors: Selector[] = [];
  readonly groupedBy: string[] = [];
  readonly made: string[] = [];
  readonly unguardedDivisors: string[] = [];
  readonly quantilesWithoutLe: string[] = [];
  readonly #expression: string;

  constructor(expression: string) {
    this.#expression = expression;
  }

  visit(node: SyntaxNode): void {
    if (node.name === 'VectorSelector') this.selectors.push(this.#selector(node));
    else if (node.name === 'GroupingLabels') this.groupedBy.push(...this.#labels(node));
    else if (node.name === 'BinaryExpr') this.#division(node);
    else if (node.name === 'FunctionCall') this.#call(node);
    else if (node.name === 'AggregateExpr' && this.#text(node.firstChild) === 'count_values')
      this.made.push(this.#strings(node)[0] ?? '');
  }

  #text(node: SyntaxNode | null): string {
    return node ? this.#expression.slice(node.from, node.to) : '';
  }

  #strings(node: SyntaxNode): string[] {
    return node
      .getChildren('FunctionCallBody')
      .flatMap((body) => body.getChildren('StringLiteral').map((one) => this.#text(one).slice(1, -1)));
  }

  #labels(node: SyntaxNode): string[] {
    return node.getChildren('LabelName').map((one) => this.#text(one));
  }

  #selector(node: SyntaxNode): Selector {
    const metric = this.#text(node.getChild('Identifier'));
    const matchers = (node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []).map((one) => ({
      label: this.#text(one.getChild('LabelName')),
      operator: this.#text(one.getChild('MatchOp')),
      value: this.#text(one.getChild('StringLiteral')).slice(1, -1),
    }));
    const around: string[] = [];
    let keeps: string[] | undefined;
    let range: string | undefined;
    for (let up = node.parent; up; up = up.parent) {
      if (up.name === 'MatrixSelector' || (up.name === 'SubqueryExpr' && range === undefined))
        range ??= this.#text(up.getChild('DurationExpr')) || /\[([^\]:]+)/.exec(this.#text(up))?.[1];
      if (up.name === 'FunctionCall' || up.name === 'AggregateExpr') around.push(this.#text(up.firstChild));
      const modifier = up.name === 'AggregateExpr' ? up.getChild('AggregateModifier') : null;
      const grouping = modifier?.getChild('By') ? modifier.getChild('GroupingLabels') : null;
      if (modifier?.getChild('By')) {
        const labels = grouping ? this.#labels(grouping) : [];
        keeps = keeps ? keeps.filter((label) => labels.includes(label)) : labels;
      }
    }
    return {
      ...(metric ? { metric } : {}),
      matchers,
      around,
      ...(range ? { range } : {}),
      ...(keeps ? { keeps } : {}),
    };
  }

  #division(node: SyntaxNode): void {
    if (!node.getChild('Div')) return;
    const divisor = this.#text(node.lastChild);
    const guarded = /\bclamp_min\(|>\s*0\b/.test(divisor);
    if (!guarded && /[a-z_:]+\s*[{[(]/i.test(divisor)) this.unguardedDivisors.push(divisor);
  }

  #call(node: SyntaxNode): void {
    const name = this.#text(node.firstChild);
    if (name === 'label_replace' || name === 'label_join') this.made.push(this.#strings(node)[0] ?? '');
    if (name !== 'histogram_quantile') return;
    const argument = this.#text(node);
    const sums = /\b(?:sum|avg|max)\s*(?:by|without)\s*\(([^)]*)\)/.exec(argument);
    const recorded = /\w:\w/.test(argument);
    const keepsLe = sums?.[0]?.includes('without') ? !/\ble\b/.test(sums[1]!) : /\ble\b/.test(sums?.[1] ?? '');
    if (!recorded && !keepsLe) this.quantilesWithoutLe.push(argument);
  }
}
