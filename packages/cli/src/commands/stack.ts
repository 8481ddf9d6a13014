import { type Command, type CommandContext, CommandError, columns, defineCommand, painter } from '@alex/service';
import { elapsed } from '../format.ts';
import { type ServiceState, serviceStates, waitForHealth } from '../stack/health.ts';
import { makeTargetsFolder, overlays, type Project, project, wholeProject } from '../stack/project.ts';
import { pages } from '../stack/services.ts';
import { findComposeTool, runTool } from '../stack/tool.ts';

const where = {
  directory: {
    type: 'string',
    valueName: 'folder',
    env: 'ALEX_STACK',
    description: 'The folder of docker-compose.yml. Default: deployments/observability above here.',
  },
  overlay: { type: 'list', valueName: 'name', description: `Files to add: ${overlays.join(', ')}.` },
  mode: {
    type: 'choice',
    values: ['auto', 'bridge', 'host'],
    default: 'auto',
    description: 'Network: auto takes the host’s on Linux, unless an overlay is asked for.',
  },
} as const;

type Context = Pick<CommandContext<typeof where>, 'options' | 'io' | 'signal' | 'note'>;

const up: Command = defineCommand({
  name: 'up',
  summary: 'Starts Prometheus, Jaeger and Grafana, waits until they are healthy, and says where they are.',
  examples: [
    'alex-obs stack up',
    'alex-obs stack up --overlay alerting',
    'alex-obs stack up prometheus jaeger --mode bridge',
  ],
  arguments: [{ name: 'service', description: 'Only these.', variadic: true, optional: true }],
  options: {
    ...where,
    timeout: { type: 'duration', default: 180_000, minimum: 1000, description: 'How long to wait for health.' },
  },
  async run(context) {
    const {
      arguments: { service },
      options,
      io,
      signal,
      print,
      note,
    } = context;
    const chosen = projectOf(context);
    makeTargetsFolder(chosen);
    // Or an image of an older clone would run.
    const build = options.overlay?.includes('exporters') ? ['--build'] : [];
    await compose(context, chosen, ['up', '-d', ...build, ...service]);
    const started = new Set(service.length > 0 ? service : await servicesOf(context, chosen));
    const awaited = pages(chosen.folder, io.env).filter((page) => started.has(page.service));
    const states = await waitForHealth({
      pages: awaited,
      env: io.env,
      timeoutMs: options.timeout,
      signal,
      progress: progressLine(context),
    });
    const bad = states.filter(({ state }) => state !== 'healthy');
    const width = Math.max(12, ...states.map(({ service: name }) => name.length));
    for (const { service: name, url, note: hint } of states)
      print(`${name.padEnd(width)} ${url}${hint ? `  (${hint})` : ''}`);
    if (chosen.hostMode) note('All services share the network of this machine and listen on 127.0.0.1.');
    else if (process.platform === 'linux')
      note(
        'On Linux, Prometheus in a bridge does not reach an agent on 127.0.0.1: push (metrics.exporter: otlp), or leave out the overlay.',
      );
    for (const { service: name, state } of bad) note(`${name} is ${state}: alex-obs stack logs ${name}`);
    return bad.length > 0 ? 1 : 0;
  },
});

const down: Command = defineCommand({
  name: 'down',
  summary: 'Stops the stack, overlays included; its data stays, unless --volumes.',
  examples: ['alex-obs stack down', 'alex-obs stack down --volumes'],
  options: { ...where, volumes: { type: 'boolean', description: 'Delete all data too.' } },
  async run(context) {
    await compose(context, wholeProject(projectOf(context)), ['down', ...(context.options.volumes ? ['-v'] : [])]);
    return 0;
  },
});

const status: Command = defineCommand({
  name: 'status',
  summary:
    'Says what runs, whether it is healthy, and where. Exit code 1: something that runs is not healthy, or nothing runs.',
  examples: ['alex-obs stack status', 'alex-obs stack status --json'],
  options: where,
  json: true,
  async run(context) {
    const { io, json, print, signal } = context;
    const { folder } = projectOf(context);
    const all = await serviceStates(pages(folder, io.env), io.env, signal);
    const shown = all.filter(
      ({ service, state }) => state !== 'absent' || ['prometheus', 'jaeger', 'grafana'].includes(service),
    );
    if (json)
      print(
        JSON.stringify(
          shown.map(({ service, state, url }) => ({ service, state, url })),
          undefined,
          2,
        ),
      );
    else
      for (const line of columns(
        shown.map(({ service, state, url }) => [service, state, url]),
        3,
      ))
        print(line);
    return shown.every(({ state }) => state === 'healthy') ? 0 : 1;
  },
});

const logs: Command = defineCommand({
  name: 'logs',
  summary: 'Prints the last log lines of the services.',
  examples: ['alex-obs stack logs', 'alex-obs stack logs grafana --lines 200'],
  arguments: [{ name: 'service', description: 'Only these.', variadic: true, optional: true }],
  options: { ...where, lines: { type: 'integer', default: 100, minimum: 1, description: 'How many of each.' } },
  async run(context) {
    const {
      arguments: { service },
      options,
      io,
    } = context;
    const ran = await compose(
      context,
      wholeProject(projectOf(context)),
      ['logs', '--no-color', `--tail=${options.lines}`, ...service],
      true,
    );
    io.stdout.write(ran.stdout);
    return 0;
  },
});

const open: Command = defineCommand({
  name: 'open',
  summary: 'Opens a page of the stack in the browser.',
  examples: ['alex-obs stack open', 'alex-obs stack open jaeger'],
  arguments: [
    { name: 'service', description: 'grafana (default), prometheus, jaeger or alertmanager.', optional: true },
  ],
  options: where,
  async run(context) {
    const {
      arguments: { service = 'grafana' },
      io,
      print,
      note,
      signal,
    } = context;
    const page = pages(projectOf(context).folder, io.env).find((one) => one.service === service);
    if (!page) throw new CommandError(`There is no page of ${service}: grafana, prometheus, jaeger or alertmanager`);
    print(page.url);
    const opener = process.platform === 'darwin' ? 'open' : process.platform === 'win32' ? 'explorer' : 'xdg-open';
    const { code } = await runTool(opener, [page.url], { env: io.env, signal });
    if (code === 127) note('There is no browser to open here.');
    return 0;
  },
});

export const command: Command = {
  name: 'stack',
  summary: 'Starts and stops Prometheus, Jaeger and Grafana in Docker.',
  examples: ['alex-obs stack up', 'alex-obs stack status', 'alex-obs stack down'],
  subcommands: [up, down, status, logs, open],
};

function projectOf({ options, io }: Context): Project {
  const unknown = options.overlay?.filter((one) => !overlays.includes(one)) ?? [];
  if (unknown.length > 0) throw new CommandError(`There is no overlay ${unknown[0]}: ${overlays.join(', ')}`);
  return project({ ...options, overlay: options.overlay ?? [] }, io.env);
}

/** Runs compose on the project. Throws CommandError with its last words when it fails. */
async function compose(
  { io, signal, note }: Context,
  { folder, files, env }: Project,
  args: readonly string[],
  quiet = false,
) {
  const tool = await findComposeTool({ env, signal });
  const onOutput = (text: string): unknown => io.stderr.write(text);
  const all = [...tool.args, ...files.flatMap((file) => ['-f', file]), ...args];
  const ran = await runTool(tool.command, all, { env, cwd: folder, signal, ...(quiet ? {} : { onOutput }) });
  if (ran.code === 0) return ran;
  if (/port is already allocated|address already in use/.test(ran.stderr))
    note('A port is taken: change it in .env, or stop what holds it.');
  throw new CommandError(
    `${tool.command} ${all.join(' ')} ended with ${ran.code}${quiet ? `: ${ran.stderr.trim()}` : ''}`,
  );
}

async function servicesOf(context: Context, chosen: Project): Promise<string[]> {
  return (await compose(context, chosen, ['config', '--services'], true)).stdout.trim().split(/\s+/);
}

/** One line that tells how far the services are: painted in place on a terminal, else only when something changes. */
function progressLine({ io }: Context): (states: readonly ServiceState[], elapsedMs: number) => void {
  const paint = painter(io.stderr, io.env);
  let last = '';
  return (states, elapsedMs) => {
    const text = states
      .map(({ service, state }) => `${service} ${state === 'healthy' ? paint('green', state) : state}`)
      .join('   ');
    const done = states.every(({ state }) => state === 'healthy');
    if (io.stderr.isTTY) io.stderr.write(`\r${text}   ${elapsed(elapsedMs)}\u001b[K${done ? '\n' : ''}`);
    else if (text !== last) io.stderr.write(`${text}\n`);
    last = text;
  };
}
