import { type Command, runMain } from '@alex/service';
import { version } from './version.ts';

/** `alex-obs`: its subcommands are loaded when they are called. */
export const command: Command = {
  name: 'alex-obs',
  summary: 'Checks, demonstrates and operates ALEX observability.',
  version,
  examples: ['alex-obs demo', 'alex-obs config check', 'alex-obs metrics http://127.0.0.1:9090/metrics'],
  subcommands: [
    {
      name: 'demo',
      summary: 'Runs example agents and shows live what they do and cost.',
      load: async () => (await import('./commands/demo.ts')).command,
    },
    {
      name: 'config',
      summary: 'Checks, shows and creates the configuration file.',
      load: async () => (await import('./commands/config.ts')).command,
    },
    {
      name: 'metrics',
      summary: 'Reads a metrics endpoint, checks it strictly and prints it as a table.',
      load: async () => (await import('./commands/metrics.ts')).command,
    },
    {
      name: 'costs',
      summary: 'What the APIs cost, what the budget allows, and the gate that stops the spending.',
      load: async () => (await import('./commands/costs.ts')).command,
    },
    {
      name: 'event-store',
      summary: 'AllSource: an event store with its control plane, and a load to put on them.',
      load: async () => (await import('./commands/event-store.ts')).command,
    },
    {
      name: 'stack',
      summary: 'Starts and stops Prometheus, Jaeger and Grafana in Docker.',
      load: async () => (await import('./commands/stack.ts')).command,
    },
    {
      name: 'doctor',
      summary: 'Looks for what is silently wrong, and says how to mend it.',
      load: async () => (await import('./commands/doctor.ts')).command,
    },
    {
      name: 'top',
      summary: 'Shows the sessions of a running agent live.',
      load: async () => (await import('./commands/top.ts')).command,
    },
    {
      name: 'alec',
      summary: 'Serves entropy, correlation and resilience of sensor streams as metrics.',
      load: async () => (await import('./commands/alec.ts')).command,
    },
    {
      name: 'dsfb',
      summary: 'Finds structural episodes in database telemetry and serves them as metrics.',
      load: async () => (await import('./commands/dsfb.ts')).command,
    },
    {
      name: 'version',
      summary: 'Prints the version, also of Node.',
      load: async () => (await import('./commands/version.ts')).command,
    },
  ],
};

/** Runs `alex-obs` as this process. */
export async function main(): Promise<void> {
  await runMain(command);
}
