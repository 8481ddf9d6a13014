import { type ServiceOptionDeclarations, type ServiceOptions, serviceOptions, UsageError } from '@alex/service';

/** The options that core and control plane have in common. */
export function options(
  port: number,
  { shutdownTimeout = 10_000 }: { readonly shutdownTimeout?: number } = {},
): ServiceOptionDeclarations {
  const declarations = serviceOptions({
    port,
    env: { port: 'PORT', host: 'HOST', token: 'ALLSOURCE_TOKEN', corsOrigin: 'CORS_ORIGINS' },
  });
  return { ...declarations, shutdownTimeout: { ...declarations.shutdownTimeout, default: shutdownTimeout } };
}

/** The option of both for reading metrics. */
export const metricsToken = {
  type: 'string',
  secret: true,
  env: 'METRICS_TOKEN',
  description: 'Bearer token that reading /metrics demands; default: none.',
} as const;

/** Picks the service's options out of all. */
export function serviceOptionsOf(values: ServiceOptions): ServiceOptions {
  const { host, port, token, corsOrigin, allowedHost, logLevel, logFormat, shutdownTimeout } = values;
  return {
    host,
    port,
    token,
    ...(corsOrigin && { corsOrigin }),
    ...(allowedHost && { allowedHost }),
    ...(logLevel && { logLevel }),
    ...(logFormat && { logFormat }),
    ...(shutdownTimeout !== undefined && { shutdownTimeout }),
  };
}

/** Throws UsageError where a text is no http URL. */
export function checkUrl(url: string, flag: string): string {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new UsageError(`${flag} is a URL such as http://localhost:8080, not ${JSON.stringify(url)}`);
}
