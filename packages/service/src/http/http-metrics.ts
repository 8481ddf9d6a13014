import type { FamilyDeclaration, Registry, UpDownCounterCell } from '@alex/openmetrics';
import type { MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';

/** The HTTP families of a service, declared in its catalogue; each is optional. */
export interface HttpMetricDeclarations {
  /** Counter. Labels by name: `method`; `endpoint`, `route` or `path`; `status`, `http_status` or `code`. */
  readonly requests?: FamilyDeclaration;
  /** Histogram in seconds, with the same labels. */
  readonly duration?: FamilyDeclaration;
  /** Gauge of requests that are being answered. */
  readonly inFlight?: FamilyDeclaration;
}

interface Answered {
  readonly method: string;
  readonly route: string;
  readonly status: string;
}

const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/**
 * Counts and times each request. The route label is the route's template, or `unmatched`; an unusual method is `other`:
 * no client can make up series.
 */
export function measureRequests(registry: Registry, declarations: HttpMetricDeclarations): MiddlewareHandler {
  const { requests, duration, inFlight } = declarations;
  const requestCells = requests && cellsOf(requests, registry.counter(named(requests, 'counter')));
  const durationCells = duration && cellsOf(duration, registry.histogram(named(duration, 'histogram')));
  const running = inFlight && gaugeOf(registry, inFlight).labels();
  return async function httpMetrics(context, next) {
    const startedAt = performance.now();
    running?.add(1);
    try {
      await next();
    } finally {
      running?.add(-1);
      const { method } = context.req;
      const answered = {
        method: methods.has(method) ? method : 'other',
        route: routeOf(matchedRoutes(context)),
        status: String(context.res.status),
      };
      requestCells?.(answered).add(1);
      durationCells?.(answered).observe((performance.now() - startedAt) / 1000);
    }
  };
}

function named<Type extends FamilyDeclaration['type']>(
  declaration: FamilyDeclaration,
  type: Type,
): FamilyDeclaration & { readonly type: Type; readonly labelNames: readonly string[] } {
  if (declaration.type !== type) throw new TypeError(`${declaration.name} is a ${declaration.type}, not a ${type}`);
  return { ...declaration, type, labelNames: declaration.labelNames ?? [] };
}

function gaugeOf(registry: Registry, declaration: FamilyDeclaration): { labels(): UpDownCounterCell } {
  return declaration.type === 'updowncounter'
    ? registry.upDownCounter({ ...declaration, type: 'updowncounter', labelNames: [] })
    : registry.gauge({ ...declaration, type: 'gauge', labelNames: [] });
}

function cellsOf<Cell>(
  declaration: FamilyDeclaration,
  family: { labels(...values: readonly string[]): Cell },
): (answered: Answered) => Cell {
  const pick = (declaration.labelNames ?? []).map((name) => reader(name, declaration));
  return (answered) => family.labels(...pick.map((read) => read(answered)));
}

function reader(labelName: string, declaration: FamilyDeclaration): (answered: Answered) => string {
  switch (labelName) {
    case 'method':
      return ({ method }) => method;
    case 'endpoint':
    case 'route':
    case 'path':
      return ({ route }) => route;
    case 'status':
    case 'http_status':
    case 'code':
      return ({ status }) => status;
    default:
      throw new TypeError(`${declaration.name}: an HTTP metric has no label ${labelName}`);
  }
}

/** The template of the handler that answered: middleware is registered on `/*`, so the last other one. */
function routeOf(routes: readonly { readonly path: string }[]): string {
  return routes.findLast(({ path }) => path !== '/*' && path !== '*')?.path ?? 'unmatched';
}
