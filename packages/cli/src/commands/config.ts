import {
  alexHome,
  configFilePath,
  formatConfiguration,
  initConfiguration,
  type ResolvedConfiguration,
  resolveConfiguration,
  showConfiguration,
} from '@alex/obs';
import { type Command, type CommandContext, CommandError, defineCommand, painter } from '@alex/service';
import { counted } from '../format.ts';

const options = {
  file: {
    type: 'string',
    valueName: 'path',
    env: 'ALEX_OBSERVABILITY_CONFIG',
    description: 'Configuration file instead of ~/.alex/config.yaml.',
  },
} as const;

type Context = CommandContext<typeof options>;

const check: Command = defineCommand({
  name: 'check',
  summary: 'Says what is wrong with the configuration; exit code 1 when there is an error.',
  examples: ['alex-obs config check', 'alex-obs config check --file ./config.yaml --json'],
  options,
  json: true,
  run(context) {
    const { file, fileExists, problems, origins } = resolve(context);
    // A file that is named is meant to be there; the default one need not be.
    const missing = !fileExists && context.options.file !== undefined;
    const errors = missing ? 1 : problems.filter(({ severity }) => severity === 'error').length;
    if (context.json) {
      context.print(JSON.stringify({ file, fileExists, errors, problems }, undefined, 2));
      return errors > 0 ? 1 : 0;
    }
    const paint = painter(context.io.stdout, context.io.env);
    for (const { severity, message } of problems) {
      context.print(`${paint(severity === 'error' ? 'red' : 'yellow', `${severity}:`)} ${message}`);
    }
    const setsNothing = fileExists && !Object.values(origins).includes('file');
    const warned = problems.length > 0 ? ', with warnings' : '';
    if (missing) context.print(`${file} does not exist; alex-obs config init creates it`);
    else if (errors > 0) context.print(`${file}: ${counted(errors, 'error')}`);
    else if (!fileExists) context.print(`${file} does not exist, which is fine${warned}`);
    else if (setsNothing) context.print(`${file} is fine${warned}, and sets nothing below observability`);
    else context.print(`${file} is fine${warned}`);
    return errors > 0 ? 1 : 0;
  },
});

const show: Command = defineCommand({
  name: 'show',
  summary: 'Prints the configuration in force and where each value comes from; secrets are masked.',
  examples: ['alex-obs config show', 'ALEX_LOG_LEVEL=debug alex-obs config show --json'],
  options,
  json: true,
  run(context) {
    const resolved = resolve(context);
    if (context.json) {
      const { file, fileExists } = resolved;
      context.print(JSON.stringify({ file, fileExists, values: showConfiguration(resolved) }, undefined, 2));
    } else {
      context.print(formatConfiguration(resolved).trimEnd());
    }
    const problems = resolved.problems.length;
    if (problems > 0) context.note(`${counted(problems, 'problem')}: alex-obs config check`);
  },
});

const init: Command = defineCommand({
  name: 'init',
  summary: 'Adds a commented section `observability` to the configuration file; all else in it stays.',
  examples: ['alex-obs config init', 'alex-obs config init --file ./config.yaml --force'],
  options: { ...options, force: { type: 'boolean', description: 'Replace a section that is there already.' } },
  run(context) {
    const path = pathOf(context);
    initConfiguration(path, { force: context.options.force });
    context.print(path);
    context.note('Tracing is on in it. Next: alex-obs config check');
  },
});

const path: Command = defineCommand({
  name: 'path',
  summary: 'Prints where the configuration file is looked for.',
  examples: ['alex-obs config path', '$EDITOR "$(alex-obs config path)"'],
  options,
  run: (context) => context.print(pathOf(context)),
});

export const command: Command = {
  name: 'config',
  summary: 'Checks, shows and creates the configuration file.',
  examples: ['alex-obs config init', 'alex-obs config check', 'alex-obs config show'],
  subcommands: [check, show, init, path],
};

function sources({ options: { file }, io }: Context): { env: Context['io']['env']; configPath?: string } {
  return { env: io.env, ...(file !== undefined && { configPath: file }) };
}

function resolve(context: Context): ResolvedConfiguration {
  return resolveConfiguration(sources(context));
}

function pathOf(context: Context): string {
  const found = configFilePath(sources(context));
  if (found === undefined) throw new CommandError(`There is no configuration file below ${alexHome()}`);
  return found;
}
