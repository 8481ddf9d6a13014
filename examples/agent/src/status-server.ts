import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunningServer, serve } from './serve.ts';
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
export function startStatusServer(options: StatusServerOptions = {}): Promise<RunningServer> {
  const { port = 0, root = workspacePath, failEvery = 0 } = options;
  let requests = 0;
  return serve(async (request) => {
    requests++;
    if (failEvery > 0 && requests % failEvery === 0) return Response.json({ error: 'overloaded' }, { status: 503 });
    const { pathname } = new URL(request.url);
    const [, first, service, ...rest] = pathname.split('/');
    if (first !== 'status' || rest.length > 0) return Response.json({ error: 'not found' }, { status: 404 });
    const states = await countRequests(join(root, 'logs'));
    if (service === undefined) return Response.json({ services: states });
    const state = states.find((each) => each.service === service);
    return state ? Response.json(state) : Response.json({ error: `no service "${service}"` }, { status: 404 });
  }, port);
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
