import type { Context, MiddlewareHandler } from 'hono';
import type { Router } from './app.ts';

/** Where a service is in its life. */
export class Lifecycle {
  state: 'starting' | 'running' | 'stopping' = 'starting';
}

export interface ProbeOptions {
  readonly lifecycle: Lifecycle;
  readonly healthBody: string | object;
  readonly readyBody: string | object;
  readonly ready: (() => true | string | Promise<true | string>) | undefined;
}

/** Adds `/health` (the process answers) and `/ready` (it can do its work; else 503 with the reason). */
export function addProbes(router: Router, { lifecycle, healthBody, readyBody, ready }: ProbeOptions): void {
  router.get('/health', (context) => answer(context, healthBody));
  router.get('/ready', async (context) => {
    if (lifecycle.state !== 'running') return context.json({ status: 'not ready', reason: lifecycle.state }, 503);
    const verdict = ready === undefined ? true : await ready();
    if (verdict === true) return answer(context, readyBody);
    return context.json({ status: 'not ready', reason: verdict }, 503);
  });
}

/** Answers 503 until the service has started; its probes and metrics do answer. */
export function refuseUntilStarted(lifecycle: Lifecycle): MiddlewareHandler {
  const always: ReadonlySet<string> = new Set(['/health', '/ready', '/metrics']);
  return async function startGate(context, next) {
    if (lifecycle.state !== 'starting' || always.has(context.req.path)) return await next();
    return context.json({ error: 'the service is starting' }, 503, { 'Retry-After': '1' });
  };
}

function answer(context: Context, body: string | object): Response {
  return typeof body === 'string' ? context.text(body) : context.json(body);
}
