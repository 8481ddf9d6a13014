import type { IncomingMessage, ServerResponse } from 'node:http';
import { hasAllowedHost, hasToken } from './guards.ts';
import { allowsMethod, respondText, respondUnauthorized } from './respond.ts';

/** Answers a request; what it throws or rejects with becomes 500. */
export type RouteHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export interface RouterOptions {
  /** Handlers by path; all of them demand the token. */
  readonly routes: ReadonlyMap<string, RouteHandler>;
  /** Where `/` points to. */
  readonly metricsPath: string;
  readonly token: string | undefined;
  /** The names that the `Host` header may have, without port; `undefined` allows all. */
  readonly allowedHosts: ReadonlySet<string> | undefined;
}

/** Makes the one handler of a metrics server: host, path, method, token, then the route. It never throws. */
export function createRouter(options: RouterOptions): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    response.on('error', () => {});
    if (options.allowedHosts !== undefined && !hasAllowedHost(request, options.allowedHosts)) {
      respondText(response, 403, 'This host name is not allowed; see the option allowedHosts.\n');
      return;
    }
    const path = pathOf(request.url ?? '');
    if (path === undefined) {
      respondText(response, 400, 'The URL is malformed.\n', { connection: 'close' });
      return;
    }
    const route = options.routes.get(path);
    const text = route === undefined ? publicText(path, options.metricsPath) : undefined;
    if (route === undefined && text === undefined) respondText(response, 404, 'Not found.\n');
    else if (!allowsMethod(request, response)) return;
    else if (text !== undefined) respondText(response, 200, text);
    else if (options.token !== undefined && !hasToken(request.headers.authorization, options.token))
      respondUnauthorized(response);
    else run(route!, request, response);
  };
}

function publicText(path: string, metricsPath: string): string | undefined {
  if (path === '/healthz') return 'ok\n';
  return path === '/' ? `Metrics are at ${metricsPath}\n` : undefined;
}

function run(route: RouteHandler, request: IncomingMessage, response: ServerResponse): void {
  const failed = (): void => {
    if (response.headersSent) response.destroy();
    else respondText(response, 500, 'The request failed.\n');
  };
  try {
    Promise.resolve(route(request, response)).catch(failed);
  } catch {
    failed();
  }
}

/** The decoded path of a request target in origin or absolute form; `undefined` when it is malformed. */
function pathOf(target: string): string | undefined {
  try {
    const url = target.startsWith('/') ? `http://localhost${target}` : target;
    return /^https?:/i.test(url) ? decodeURIComponent(new URL(url).pathname) : undefined;
  } catch {
    return undefined;
  }
}
