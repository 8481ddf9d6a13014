import { hasToken, isLoopback } from '@alex/openmetrics/http';
import type { Context, MiddlewareHandler } from 'hono';
import { hostnameOf } from './addresses.ts';

/** Who may call routes that write: holders of the token always, or anybody on this machine while bound to loopback. */
export type WritePolicy = 'token' | 'token beyond loopback';

/** What containers call this machine. */
const containerHosts = ['host.docker.internal', 'host.containers.internal'];
const reading: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether a Host header names this machine or one of `allowed`: a web page can point a name of its own at 127.0.0.1
 * (DNS rebinding) and would otherwise be same-origin with the service. For WebSocket upgrades, too.
 */
export function isAllowedHost(host: string | undefined, allowed: readonly string[]): boolean {
  // Browsers always send it.
  if (host === undefined) return true;
  const name = hostnameOf(host);
  return (
    isLoopback(name) ||
    name.endsWith('.localhost') ||
    containerHosts.includes(name) ||
    allowed.some((each) => each.toLowerCase() === name)
  );
}

/** Refuses requests whose Host is not allowed. */
export function checkHost(allowedHosts: readonly string[]): MiddlewareHandler {
  return async function hostCheck(context, next) {
    const host = context.req.header('host');
    if (isAllowedHost(host, allowedHosts)) return await next();
    return context.json({ error: `unknown host ${JSON.stringify(host)}: --allowed-host allows it` }, 403);
  };
}

export interface WriteGuard {
  readonly token: string | undefined;
  readonly policy: WritePolicy;
  readonly loopback: boolean;
  readonly corsOrigins: readonly string[];
  /** Whether a route answers the request; one that nobody answers is left to 404 and 405. */
  readonly isAnswered: (context: Context) => boolean;
}

/**
 * Lets a request through that only reads. Others need `Authorization: Bearer` with the token where the policy demands
 * one, and must not come from a page of an origin that is not configured.
 */
export function guardWrites({ token, policy, loopback, corsOrigins, isAnswered }: WriteGuard): MiddlewareHandler {
  const needsToken = token !== undefined || policy === 'token' || !loopback;
  return async function writeGuard(context, next) {
    if (reading.has(context.req.method) || !isAnswered(context)) return await next();
    const origin = context.req.header('origin');
    if (origin !== undefined && !isAllowedOrigin(origin, context.req.header('host'), corsOrigins)) {
      return context.json({ error: `origin ${JSON.stringify(origin)} is not allowed` }, 403);
    }
    if (!needsToken) return await next();
    if (token === undefined)
      return context.json({ error: 'writing is off: the service was started without a token' }, 403);
    if (hasToken(context.req.header('authorization'), token)) return await next();
    return context.json({ error: 'a bearer token is required' }, 401, { 'WWW-Authenticate': 'Bearer' });
  };
}

function isAllowedOrigin(origin: string, host: string | undefined, corsOrigins: readonly string[]): boolean {
  if (corsOrigins.includes('*') || corsOrigins.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}
