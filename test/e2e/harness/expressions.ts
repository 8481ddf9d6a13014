import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Prometheus, Sample } from './prometheus.ts';
import { waitFor } from './wait.ts';

export interface Expression {
  /** Where it stands: a panel's or a rule's title. */
  readonly name: string;
  readonly expression: string;
}

export interface Result extends Expression {
  readonly samples: readonly Sample[];
  readonly error?: string;
}

const variables: Readonly<Record<string, string>> = {
  $__rate_interval: '1m',
  $__interval: '15s',
  $__range: '15m',
};

/** Puts values in for Grafana's variables: known ones by a duration, all others by a match of everything. */
export function withoutVariables(expression: string): string {
  return expression
    .replace(/\$__rate_interval|\$__interval|\$__range/g, (name) => variables[name]!)
    .replace(/\$\{?[a-zA-Z_]\w*(?::\w+)?\}?/g, '.*');
}

interface Panel {
  readonly title?: string;
  readonly panels?: readonly Panel[];
  readonly targets?: readonly { readonly expr?: string }[];
}

/** Every expression of a Grafana dashboard (JSON) or of a Prometheus rule file (YAML). */
export function expressionsOf(file: string): Expression[] {
  const document = parse(readFileSync(file, 'utf8')) as {
    panels?: readonly Panel[];
    groups?: readonly { rules: readonly { alert?: string; record?: string; expr: string }[] }[];
  };
  const ofPanels = (panels: readonly Panel[]): Expression[] =>
    panels.flatMap((panel) => [
      ...(panel.targets ?? []).flatMap(({ expr }) =>
        expr ? [{ name: panel.title ?? '', expression: withoutVariables(expr) }] : [],
      ),
      ...ofPanels(panel.panels ?? []),
    ]);
  const ofRules = (document.groups ?? []).flatMap(({ rules }) =>
    rules.map((rule) => ({ name: rule.alert ?? rule.record ?? '', expression: rule.expr })),
  );
  return [...ofPanels(document.panels ?? []), ...ofRules];
}

/** Runs every expression of a file; one that does not run has an `error`, one that finds nothing has no samples. */
export async function runExpressions(prometheus: Prometheus, file: string): Promise<Result[]> {
  return Promise.all(
    expressionsOf(file).map(async (one) => {
      try {
        return { ...one, samples: await prometheus.query(one.expression) };
      } catch (error) {
        return { ...one, samples: [], error: (error as Error).message };
      }
    }),
  );
}

/**
 * The results of every expression of a file, once all of them but those of the names in `mayBeEmpty` give a number; rejects
 * with what does not.
 */
export async function resultsWithData(
  prometheus: Prometheus,
  file: string,
  mayBeEmpty: readonly string[] = [],
): Promise<readonly Result[]> {
  const isEmpty = ({ name, samples }: Result): boolean =>
    !mayBeEmpty.includes(name) && !samples.some(({ value }) => !Number.isNaN(value));
  return await waitFor(
    `data for ${file}`,
    async () => {
      const results = await runExpressions(prometheus, file);
      const bad = results.filter((result) => result.error !== undefined || isEmpty(result));
      if (bad.length === 0) return results;
      throw new Error(
        bad.map(({ name, expression, error }) => `${name}: ${error ?? 'no data'}: ${expression}`).join('\n'),
      );
    },
    { timeoutMs: 60_000, everyMs: 1000 },
  ).catch((error: Error) => {
    throw error.cause ?? error;
  });
}
