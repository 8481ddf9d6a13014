import { type ClassicPanel, type ClassicTarget, classic, panelsOf } from './classic.ts';
import type { KnownMetric } from './known-metrics.ts';
import type { Finding } from './lint.ts';
import { parsePromql, type Selector } from './promql.ts';
import type { Dashboard } from './system.ts';

type Known = ReadonlyMap<string, KnownMetric>;

/** What Grafana's dashboard linter checks, and the mistakes that break classic dashboards. */
export function lintDashboard(dashboard: Dashboard, known: Known): Finding[] {
  const { file } = dashboard;
  const panels = panelsOf(dashboard);
  return [
    ...lintFrame(dashboard),
    ...lintGrid(dashboard),
    ...panels.flatMap((panel) =>
      lintPanel(panel).map(({ rule, message }) => ({ where: `${file} / ${panel.title}`, rule, message })),
    ),
    ...panels.flatMap((panel) =>
      (panel.targets ?? []).flatMap((target) =>
        lintTarget(panel, target, known).map(({ rule, message }) => ({
          where: `${file} / ${panel.title} / ${target.refId}`,
          rule,
          message,
        })),
      ),
    ),
  ];
}

function lintFrame(dashboard: Dashboard): Finding[] {
  const { uid = '', title = '', editable, schemaVersion, templating } = classic(dashboard);
  const variables = templating?.list ?? [];
  const found: [boolean, string, string][] = [
    [!/^[a-z0-9-]{1,40}$/.test(uid), 'uid', `uid "${uid}" is not kebab-case of at most 40 characters`],
    [title === '', 'title', 'no title'],
    [editable !== false, 'uneditable', 'can be edited in the browser, and the next start undoes it'],
    [schemaVersion !== 42, 'schema-version', `schema version ${schemaVersion}, not 42`],
    [variables[0]?.type !== 'datasource', 'template-datasource', 'the first variable is no data source'],
    [!variables.some(({ name }) => name === 'job'), 'template-job', 'no variable job'],
  ];
  return [
    ...found.filter(([bad]) => bad).map(([, rule, message]) => ({ where: dashboard.file, rule, message })),
    ...variables
      .filter(({ type, refresh }) => type === 'query' && refresh !== 2)
      .map(({ name }) => ({
        where: `${dashboard.file} / $${name}`,
        rule: 'template-on-time-change-reload',
        message: 'is not read again when the time range changes',
      })),
  ];
}

function lintGrid(dashboard: Dashboard): Finding[] {
  const all = (classic(dashboard).panels ?? []).flatMap((panel) => [panel, ...(panel.panels ?? [])]);
  const findings: Finding[] = [];
  const say = (rule: string, message: string) => findings.push({ where: dashboard.file, rule, message });
  if (new Set(all.map(({ id }) => id)).size !== all.length) say('unique-ids', 'two panels have one id');
  const titles = panelsOf(dashboard).map(({ title }) => title);
  for (const title of new Set(titles.filter((one, index) => titles.indexOf(one) !== index)))
    say('unique-titles', `two panels are titled "${title}"`);
  for (const [index, { gridPos: a, title }] of all.entries()) {
    if (!a) continue;
    if (a.x + a.w > 24) say('grid', `"${title}" is wider than the grid`);
    for (const { gridPos: b, title: other } of all.slice(index + 1))
      if (b && a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h)
        say('grid', `"${title}" and "${other}" overlap`);
  }
  return findings;
}

type Remark = Omit<Finding, 'where'>;

function lintPanel({ title, description, datasource, fieldConfig, targets = [] }: ClassicPanel): Remark[] {
  const refIds = targets.map(({ refId }) => refId);
  const found: [boolean, string, string][] = [
    [!title || !description, 'panel-title-description', 'has no title or no description'],
    [!fieldConfig?.defaults?.unit, 'panel-units', 'has no unit'],
    [datasource?.uid !== '$datasource', 'panel-datasource', 'does not use the variable datasource'],
    [targets.length === 0, 'panel-no-targets', 'asks nothing'],
    [new Set(refIds).size !== refIds.length, 'unique-ids', 'two queries have one refId'],
  ];
  return found.filter(([bad]) => bad).map(([, rule, message]) => ({ rule, message }));
}

function lintTarget(panel: ClassicPanel, target: ClassicTarget, known: Known): Remark[] {
  let parsed: ReturnType<typeof parsePromql>;
  try {
    parsed = parsePromql(target.expr);
  } catch (error) {
    return [{ rule: 'target-promql', message: (error as Error).message }];
  }
  const series = panel.type === 'timeseries' || panel.type === 'heatmap';
  const readsBuckets = parsed.selectors.some(({ metric = '' }) => metric.endsWith('_bucket'));
  const found: [boolean, string, string][] = [
    [target.datasource?.uid !== '$datasource', 'panel-datasource', 'does not use the variable datasource'],
    [panel.type === 'timeseries' && target.legendFormat === '__auto', 'target-legend', 'has no legend'],
    [series && readsBuckets && target.exemplar !== true, 'target-exemplars', 'shows a histogram without exemplars'],
    ...parsed.unguardedDivisors.map((divisor): [boolean, string, string] => [
      true,
      'ratio-guard',
      `divides by ${divisor}, which can be 0`,
    ]),
    ...parsed.quantilesWithoutLe.map((call): [boolean, string, string] => [
      true,
      'quantile-le',
      `${call} does not keep le`,
    ]),
  ];
  return [
    ...found.filter(([bad]) => bad).map(([, rule, message]) => ({ rule, message })),
    ...parsed.selectors.flatMap((selector) => lintSelector(selector, known)),
  ];
}

const rates = ['rate', 'irate', 'increase', 'resets', 'changes', 'delta', 'idelta', 'deriv'];
const aggregations = [
  'sum',
  'avg',
  'max',
  'min',
  'count',
  'group',
  'topk',
  'bottomk',
  'quantile',
  'count_values',
  'stddev',
];

function lintSelector({ metric = '', matchers, range, around }: Selector, known: Known): Remark[] {
  const found = known.get(metric);
  const hasJob = found?.labels.has('job') ?? false;
  const matchesJob = matchers.some(({ label, value }) => label === 'job' && value === '$job');
  const perSecond = around[0] === 'rate' || around[0] === 'irate';
  const remarks: [boolean, string, string][] = [
    [hasJob && !matchesJob && metric !== 'ALERTS', 'target-job', `${metric} is not filtered by job=~"$job"`],
    [perSecond && range !== '$__rate_interval', 'target-rate-interval', `rate over ${range}, not $__rate_interval`],
    [
      (found?.cumulative ?? false) && !around.some((name) => rates.includes(name)),
      'target-counter-rate',
      `${metric} only grows; take its rate or increase`,
    ],
    [!around.some((name) => aggregations.includes(name)), 'target-aggregation', `${metric} is not aggregated`],
  ];
  return remarks.filter(([bad]) => bad).map(([, rule, message]) => ({ rule, message }));
}
