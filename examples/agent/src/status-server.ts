import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunningService } from '@alex/service';
import { embedded, serve } from './serve.ts';
import { workspacePath } from './workspace.ts';

export interface StatusServerOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** The folder whose `logs/` are counted. Default: the workspace of this package. */
  readonly root?: string;
  /** Every n-th request is answered with 503, as gateways do; 0 is never. Default 0. */
  readonly failEvery?: number;
}

/** The gateway of the company in the workspace: `GET /status/<service>` counts requests and errors in its newest log. */
export function startStatusServer(options: StatusServerOptions = {}): Promise<RunningService> {
  const { port = 0, root = workspacePath, failEvery = 0 } = options;
  const logs = join(root, 'logs');
  let requests = 0;
  return serve({
    name: 'status-server',
    options: embedded(port),
    routes(router) {
      router.use('/status/*', async (context, next) => {
        if (++requests % failEvery === 0) return context.json({ error: 'overloaded' }, 503);
        return await next();
      });
      router.get('/status', async (context) => context.json({ services: await countRequests(logs) }));
      router.get('/status/:service', async (context) => {
        const name = context.req.param('service');
        const state = (await countRequests(logs)).find(({ service }) => service === name);
        return state ? context.json(state) : context.json({ error: `no service "${name}"` }, 404);
      });
    },
  });
}
interface ServiceState {
  readonly service: string;
  readonly day: string;
  readonly requests: number;
  readonly errors: number;
}

async function countRequests(folder: string): Promise<ServiceState[]> {
  const newest = new Map<string, ServiceState>();
  for (const name of (await readdir(folder)).sort()) {
    const [, service, day] = /^(\w+)-(\d{4}-\d{2}-\d{2})\.txt$/.exec(name) ?? [];
    if (service === undefined || day === undefined) continue;
    const statuses = [...(await readFile(join(folder, name), 'utf8')).matchAll(/ status=(\d+) /g)];
    const errors = statuses.filter(([, status]) => Number(status) >= 500).length;
    newest.set(service, { service, day, requests: statuses.length, errors });
  }
  return [...newest.values()];
}
