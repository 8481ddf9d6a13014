import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { askJson, type Check, type Finding } from './finding.ts';

interface Copy {
  readonly path: string;
  readonly version: string;
}

/** Copies of the OpenTelemetry API in the node_modules of a folder, nested ones included: each has globals of its own. */
export const checkCopies: Check = async ({ folder }) => {
  const copies = copiesOf('@opentelemetry/api', join(folder, 'node_modules'), 4);
  const check = 'opentelemetry-copies';
  if (copies.length <= 1)
    return [
      {
        check,
        state: 'ok',
        message:
          copies.length === 0
            ? 'no @opentelemetry/api in this folder'
            : `one @opentelemetry/api, ${copies[0]?.version}`,
      },
    ];
  return [
    {
      check,
      state: 'warning',
      message: `${copies.length} copies of @opentelemetry/api: spans of one do not see those of another`,
      seen: copies.map(({ path, version }) => `${path} ${version}`).join(', '),
      mend: 'npm dedupe, or an override of @opentelemetry/api in package.json',
    },
  ];
};

function copiesOf(name: string, modules: string, depth: number): Copy[] {
  const here = versionOf(join(modules, name));
  const own: Copy[] = here === undefined ? [] : [{ path: join(modules, name), version: here }];
  if (depth === 0) return own;
  return [
    ...own,
    ...packagesOf(modules).flatMap((one) => copiesOf(name, join(modules, one, 'node_modules'), depth - 1)),
  ];
}

function packagesOf(modules: string): string[] {
  try {
    return readdirSync(modules).flatMap((name) =>
      name.startsWith('@') ? readdirSync(join(modules, name)).map((one) => join(name, one)) : [name],
    );
  } catch {
    return [];
  }
}

function versionOf(path: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as { version: string }).version;
  } catch {
    return undefined;
  }
}

/** Other instrumentation that takes OpenTelemetry's globals before an agent can. */
export const checkForeignProviders: Check = async ({ env, folder }) => {
  const check = 'foreign-provider';
  const options = env['NODE_OPTIONS'] ?? '';
  const preloaded =
    /(?:--require|-r|--import)[ =](\S*(?:opentelemetry|dd-trace|newrelic|elastic-apm|traceloop|langfuse)\S*)/.exec(
      options,
    )?.[1];
  const known = [
    '@traceloop/node-server-sdk',
    'langfuse',
    '@langfuse/otel',
    'openlit',
    '@arizeai/phoenix-otel',
    'dd-trace',
    'newrelic',
  ];
  const installed = known.filter((name) => versionOf(join(folder, 'node_modules', name)) !== undefined);
  return [
    ...(preloaded === undefined
      ? []
      : [
          {
            check,
            state: 'warning',
            message: `${preloaded} is loaded before every program and registers its own providers`,
            seen: 'NODE_OPTIONS',
            mend: 'use --import @alex/obs/register instead, or accept two pipelines',
          } as const,
        ]),
    ...(installed.length === 0
      ? []
      : [
          {
            check,
            state: 'warning',
            message: `${installed.join(', ')} may register providers of its own and record each call a second time`,
            seen: 'node_modules of this folder',
            mend: 'let one of them instrument LLM calls',
          } as const,
        ]),
    ...(preloaded === undefined && installed.length === 0
      ? [{ check, state: 'ok', message: 'no other instrumentation is in sight' } as const]
      : []),
  ];
};

interface TraceSpan {
  readonly spanID: string;
  readonly operationName: string;
  readonly references: readonly { readonly spanID: string }[];
  readonly tags: readonly { readonly key: string; readonly value: unknown }[];
}

/** LLM calls that were recorded twice: a span of a request inside of a span of a request, in the latest traces. */
export const checkDoubles: Check = async ({ jaeger, configuration, signal }) => {
  const check = 'double-instrumentation';
  const service = configuration.values.tracing.service_name;
  const query = new URLSearchParams({ service, limit: '20', lookback: '1h' });
  const traces = await askJson<{ data?: { spans: TraceSpan[] }[] }>(`${jaeger}/api/traces?${query}`, signal);
  if (!traces?.data)
    return [{ check, state: 'skipped', message: `the traces of ${service} cannot be read from ${jaeger}` }];
  const doubled = traces.data.flatMap(({ spans }) => doubledIn(spans));
  const finding: Finding =
    doubled.length === 0
      ? {
          check,
          state: 'ok',
          message: `no LLM call is recorded twice in the last ${traces.data.length} traces of ${service}`,
        }
      : {
          check,
          state: 'warning',
          message: `LLM calls are recorded twice: ${[...new Set(doubled)].join(', ')}`,
          seen: `the last ${traces.data.length} traces of ${service}`,
          mend: 'wrap the client once, and switch off other instrumentation of it',
        };
  return [finding];
};

function doubledIn(spans: readonly TraceSpan[]): string[] {
  const calls = new Map(spans.filter(isCall).map((span) => [span.spanID, span]));
  return [...calls.values()].flatMap((inner) => {
    const outer = inner.references.map(({ spanID }) => calls.get(spanID)).find((one) => one !== undefined);
    return outer ? [`${inner.operationName} inside of ${outer.operationName}`] : [];
  });
}

function isCall({ tags }: TraceSpan): boolean {
  return tags.some(
    ({ key, value }) =>
      key === 'gen_ai.operation.name' &&
      ['chat', 'text_completion', 'generate_content', 'embeddings'].includes(String(value)),
  );
}
