import { setTimeout as sleep } from 'node:timers/promises';
import { type Command, defineCommand } from '@alex/service';
import { Screen } from '../demo/screen.ts';
import { endpointUrl } from '../metrics/scrape.ts';
import { readSessions, type Sessions, table } from '../top/sessions.ts';

export const command: Command = defineCommand({
  name: 'top',
  summary: 'Shows the sessions of a running agent live: what each does now, its steps, tokens and cost.',
  description:
    'Reads the route /sessions of the agent’s endpoint. Without a terminal, or with --once or --json, it prints once.',
  examples: ['alex-obs top', 'alex-obs top 9102 --every 2s', 'alex-obs top http://127.0.0.1:9090 --once'],
  arguments: [{ name: 'url', description: 'URL, host:port or port. Default: 9090 of this machine.', optional: true }],
  options: {
    token: { type: 'string', secret: true, env: 'ALEX_METRICS_TOKEN', description: 'Bearer token of the endpoint.' },
    every: { type: 'duration', default: 1000, minimum: 100, description: 'How often to look.' },
    finished: { type: 'integer', default: 5, minimum: 0, description: 'How many finished sessions to show.' },
    once: { type: 'boolean', description: 'Print once and end.' },
  },
  json: true,
  untilInterrupted: true,
  async run({ arguments: { url = '9090' }, options, json, io, signal, print }) {
    const endpoint = endpointUrl(url);
    const read = (): Promise<Sessions> => readSessions(endpoint, options.token, signal);
    if (json) {
      print(JSON.stringify(await read(), undefined, 2));
      return 0;
    }
    if (options.once || io.stdout.isTTY !== true) {
      for (const line of table(await read(), options.finished)) print(line);
      return 0;
    }
    // The first answer decides whether there is an agent; after that, one that goes away is waited for.
    let sessions = await read();
    const screen = new Screen(io.stdout);
    try {
      while (!signal.aborted) {
        screen.paint([`${endpoint}  ${new Date().toLocaleTimeString()}`, ...table(sessions, options.finished)]);
        await sleep(options.every, undefined, { signal });
        sessions = await read().catch(() => ({ ...sessions, active: [] }));
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      screen.close();
    }
    return 0;
  },
});
