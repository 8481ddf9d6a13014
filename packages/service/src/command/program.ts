import { Argument, Option, Command as Program } from 'commander';
import { flagOf, type OptionDeclaration } from '../options/declaration.ts';
import { formatDuration } from '../options/duration.ts';
import type { Command } from './command.ts';
import type { CommandIo } from './io.ts';

/** One command for commander, named with its full path; it prints to `io` and throws CommanderError instead of exiting. */
export function buildProgram(command: Command, path: string, io: CommandIo): Program {
  const program = new Program(path)
    .description([command.summary, command.description].filter(Boolean).join('\n\n'))
    .exitOverride()
    .showSuggestionAfterError(true)
    .helpCommand(false)
    .helpOption('-h, --help', 'Show this help.')
    .configureHelp({ helpWidth: Math.min(io.stdout.columns ?? 100, 120), optionTerm: termOf(command) })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  for (const declaration of command.arguments ?? []) {
    const name = `${declaration.name}${declaration.variadic ? '...' : ''}`;
    program.addArgument(new Argument(declaration.optional ? `[${name}]` : `<${name}>`, declaration.description));
  }
  for (const [key, declaration] of Object.entries(command.options ?? {})) {
    for (const option of optionsOf(key, declaration)) program.addOption(option);
  }
  if (command.configFile) program.addOption(configOption(command.configFile));
  if (command.json) program.option('--json', 'Print the result as JSON.');
  if (command.version !== undefined) program.version(command.version, '-V, --version', 'Print the version.');
  const examples = command.examples.map((example) => `  $ ${example}`);
  program.addHelpText('after', `\nExamples:\n${examples.join('\n')}`);
  if (command.subcommands) addSubcommands(program, command.subcommands, path);
  // Without an action commander prints the help of a command that has subcommands.
  if (command.run) program.action(() => {});
  return program;
}

function addSubcommands(program: Program, subcommands: NonNullable<Command['subcommands']>, path: string): void {
  for (const { name, summary } of subcommands)
    program.addCommand(new Program(name).description(summary).helpOption(false));
  program.usage('[command] [options]');
  program.addHelpText('after', `\nOptions and examples of a command: ${path} <command> --help`);
}

/** How the help names an option: `--[no-]x` for one that is on unless it is switched off. */
function termOf({ options = {} }: Command): (option: Option) => string {
  const isOn = Object.entries(options).flatMap(([key, declaration]) =>
    declaration.type === 'boolean' && declaration.default === true ? `--${flagOf(key, declaration)}` : [],
  );
  return ({ flags, long }) => (isOn.includes(String(long)) ? flags.replace('--', '--[no-]') : flags);
}

/** The commander options of one declaration: two for a boolean, `--x` and `--no-x`. */
function optionsOf(key: string, declaration: OptionDeclaration): Option[] {
  const flag = flagOf(key, declaration);
  if (flag === undefined) return [];
  const short = declaration.short === undefined ? '' : `-${declaration.short}, `;
  const help = describe(declaration);
  if (declaration.type !== 'boolean') {
    const value = declaration.valueName ?? valueNames[declaration.type];
    const option = new Option(`${short}--${flag} <${value}>`, help);
    if (declaration.type === 'list') option.argParser((item: string, list: string[] = []) => [...list, item]);
    return [option];
  }
  return [new Option(`${short}--${flag}`, help), new Option(`--no-${flag}`, help).hideHelp()];
}

const valueNames: Readonly<Record<OptionDeclaration['type'], string>> = {
  string: 'text',
  integer: 'integer',
  number: 'number',
  boolean: 'boolean',
  duration: 'duration',
  choice: 'choice',
  list: 'text',
};

function configOption(configFile: NonNullable<Command['configFile']>): Option {
  const env = configFile.env === undefined ? '' : ` (env: ${configFile.env})`;
  const section = configFile.section === undefined ? '' : `, below the key ${configFile.section}`;
  return new Option('--config <file>', `Read options from this YAML file${section}.${env}`);
}

function describe(declaration: OptionDeclaration): string {
  const notes: string[] = [];
  if (declaration.type === 'choice') notes.push(declaration.values.join(' | '));
  if (declaration.type === 'list') notes.push('repeatable');
  if (declaration.required) notes.push('required');
  const shown = shownDefault(declaration);
  if (shown !== undefined) notes.push(`default: ${shown}`);
  if (declaration.env !== undefined) notes.push(`env: ${declaration.env}`);
  return notes.length === 0 ? declaration.description : `${declaration.description} (${notes.join('; ')})`;
}

function shownDefault(declaration: OptionDeclaration): string | undefined {
  if (declaration.default === undefined || declaration.secret) return undefined;
  if (declaration.type === 'duration') return formatDuration(declaration.default);
  if (declaration.type === 'boolean') return declaration.default ? 'on' : undefined;
  if (declaration.type === 'list') return declaration.default.join(', ') || undefined;
  return String(declaration.default);
}
