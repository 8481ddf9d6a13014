import type { Command, LazyCommand, OptionDeclaration } from '@alex/service';
import { version } from './version.ts';

const subcommands: readonly LazyCommand[] = [
  {
    name: 'serve',
    summary: 'Serves costs, budgets and the gate to Prometheus and to programs that ask before they spend.',
    load: async () => (await import('./commands/serve.ts')).serve,
  },
  {
    name: 'summary',
    summary: 'Shows budgets, the scaling gate, and what was spent today and this month.',
    load: async () => (await import('./commands/summary.ts')).summary,
  },
  {
    name: 'list',
    summary: 'Lists what was spent in a period, by service, operation, or entry by entry.',
    load: async () => (await import('./commands/list.ts')).list,
  },
  {
    name: 'log',
    summary: 'Books money that was spent.',
    load: async () => (await import('./commands/log.ts')).log,
  },
  {
    name: 'authorize',
    summary: 'Says whether an operation may spend now.',
    load: async () => (await import('./commands/authorize.ts')).authorize,
  },
  {
    name: 'gate',
    summary: 'Shows, closes and opens the scaling gate.',
    load: async () => (await import('./commands/gate.ts')).gate,
  },
  {
    name: 'export',
    summary: 'Writes a report (json), the entries (csv), or metrics for a textfile collector (prometheus).',
    load: async () => (await import('./commands/export.ts')).exportCosts,
  },
  {
    name: 'import',
    summary: 'Takes over the costs of a legacy database or a CSV file.',
    load: async () => (await import('./commands/import.ts')).importCommand,
  },
  {
    name: 'verify',
    summary: 'Compares the running totals with the entries of the ledger.',
    load: async () => (await import('./commands/verify.ts')).verify,
  },
  {
    name: 'prune',
    summary: 'Deletes old entries and keeps their sums.',
    load: async () => (await import('./commands/prune.ts')).prune,
  },
];

/** What the original called differently: our name, and the options that its verb implied. */
const aliases: readonly (readonly [alias: string, name: string, implied: Readonly<Record<string, string>>])[] = [
  ['costs', 'list', {}],
  ['daily', 'list', { period: 'day' }],
  ['monthly', 'list', { period: 'month' }],
  ['report', 'export', {}],
  ['prometheus', 'export', { format: 'prometheus' }],
  ['export-prometheus', 'export', { format: 'prometheus' }],
];

function alias([name, target, implied]: (typeof aliases)[number]): LazyCommand {
  const { load } = subcommands.find((each) => each.name === target)!;
  const flags = Object.entries(implied).map(([key, value]) => ` --${key} ${value}`);
  return {
    name,
    summary: `The same as ${target}${flags.join('')}.`,
    async load() {
      const command = await load();
      const options = Object.fromEntries(
        Object.entries(command.options ?? {}).map(([key, declaration]) => [
          key,
          implied[key] === undefined ? declaration : ({ ...declaration, default: implied[key] } as OptionDeclaration),
        ]),
      );
      return { ...command, name, options };
    },
  };
}

/** `alex-obs costs`. */
export const command: Command = {
  name: 'costs',
  summary: 'What the APIs cost, what the budget allows, and the gate that stops the spending.',
  examples: [
    'alex-obs costs log --service openai --operation gpt-4o --cost 0.42',
    'alex-obs costs summary',
    'alex-obs costs serve --daily-budget 50',
  ],
  subcommands,
};

/** `lead-factory-metrics`: the same as a program of its own, with the verbs of the original beside. */
export const leadFactoryMetrics: Command = {
  ...command,
  name: 'lead-factory-metrics',
  version,
  examples: ['lead-factory-metrics serve --port 8000', 'lead-factory-metrics summary'],
  subcommands: [...subcommands, ...aliases.map(alias)],
};
