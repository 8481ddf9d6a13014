import type { CommanderError, Command as Program } from 'commander';
import { CommandError, UsageError } from '../errors.ts';
import { flagOf, type OptionDeclarations } from '../options/declaration.ts';
import { type OptionFile, resolveOptions } from '../options/resolve.ts';
import type { Command, CommandContext, ExitCode } from './command.ts';
import { type CommandIo, painter } from './io.ts';
import { buildProgram } from './program.ts';

const interrupted = 130;

/**
 * Runs a command, or the subcommand that `argv` names, and resolves with its exit code; it never throws and never exits
 * the process. `argv` is without node and script.
 */
export async function runCommand(command: Command, argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  let path = command.name;
  try {
    const found = await descend(command, argv);
    path = found.path;
    return await runFound(found, io);
  } catch (error) {
    if (io.signal?.aborted && isAbort(error)) return interrupted;
    return report(error, path, io);
  }
}

interface Found {
  readonly command: Command;
  readonly path: string;
  readonly argv: readonly string[];
}

async function descend(root: Command, argv: readonly string[]): Promise<Found> {
  let command = root;
  let path = root.name;
  // `help a b` is `a b --help`.
  let rest = argv[0] === 'help' && root.subcommands ? [...argv.slice(1), '--help'] : [...argv];
  for (;;) {
    const next = command.subcommands?.find(({ name }) => name === rest[0]);
    if (next === undefined) return { command, path, argv: rest };
    const loaded = 'load' in next ? await next.load() : next;
    command =
      loaded.version === undefined && root.version !== undefined ? { ...loaded, version: root.version } : loaded;
    path = `${path} ${next.name}`;
    rest = rest.slice(1);
  }
}

async function runFound({ command, path, argv }: Found, io: CommandIo): Promise<ExitCode> {
  const program = buildProgram(command, path, io);
  if (command.run === undefined && argv.length === 0) {
    io.stderr.write(helpOf(program));
    return 2;
  }
  program.parse(spellBooleans(command.options ?? {}, argv), { from: 'user' });
  if (command.run === undefined) throw new UsageError(`${path} needs a command`);
  const context = await contextOf(command, program, io);
  if (context.signal.aborted) return interrupted;
  const result = Promise.resolve(command.run(context));
  const code = await (command.untilInterrupted ? result : Promise.race([result, untilAborted(context.signal)]));
  return code ?? 0;
}

async function contextOf(command: Command, program: Program, io: CommandIo): Promise<CommandContext> {
  const given = program.opts<Record<string, unknown>>();
  const declarations = command.options ?? {};
  const flags: Record<string, unknown> = {};
  for (const option of program.options) {
    const key = Object.keys(declarations).find((name) => flagOf(name, declarations[name]!) === option.long?.slice(2));
    const name = option.attributeName();
    if (key !== undefined && program.getOptionValueSource(name) === 'cli') flags[key] = given[name];
  }
  const file = await optionFile(command, given['config'], io);
  const { values, warnings } = resolveOptions(declarations, { flags, env: io.env, file });
  const note = (line: string): void => void io.stderr.write(`${line}\n`);
  for (const warning of warnings) note(`warning: ${warning}`);
  const names = command.arguments ?? [];
  return {
    options: values,
    arguments: Object.fromEntries(names.map(({ name }, index) => [name, program.processedArgs[index]])),
    json: given['json'] === true,
    io,
    signal: io.signal ?? new AbortController().signal,
    print: (line) => void io.stdout.write(`${line}\n`),
    note,
  };
}

async function optionFile({ configFile }: Command, given: unknown, io: CommandIo): Promise<OptionFile | undefined> {
  const path = configFile && (given ?? (configFile.env && io.env[configFile.env]));
  if (!path) return undefined;
  // YAML is loaded only for those who have a file.
  const { readOptionFile } = await import('../options/read-file.ts');
  return readOptionFile(String(path), configFile.section);
}

/** `--x=true` and `--x=false` of a boolean option become `--x` and `--no-x`, which commander knows. */
function spellBooleans(declarations: OptionDeclarations, argv: readonly string[]): string[] {
  const flags = new Set(
    Object.entries(declarations).flatMap(([key, declaration]) =>
      declaration.type === 'boolean' ? (flagOf(key, declaration) ?? []) : [],
    ),
  );
  const end = argv.indexOf('--');
  return argv.map((argument, index) => {
    const [, flag, value] = /^--([^=]+)=(.*)$/.exec(argument) ?? [];
    if (flag === undefined || !flags.has(flag) || (end !== -1 && index > end)) return argument;
    if (/^(true|yes|on|1)$/i.test(value!)) return `--${flag}`;
    if (/^(false|no|off|0)$/i.test(value!)) return `--no-${flag}`;
    throw new UsageError(`--${flag} must be true or false, but is ${JSON.stringify(value)}`);
  });
}

function helpOf(program: Program): string {
  let text = '';
  program.configureOutput({ writeErr: (part) => (text += part) });
  program.outputHelp({ error: true });
  return text;
}

function untilAborted(signal: AbortSignal): Promise<ExitCode> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(interrupted);
    signal.addEventListener('abort', () => resolve(interrupted), { once: true });
  });
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** Commander has already printed its own errors. */
function report(error: unknown, path: string, io: CommandIo): ExitCode {
  const commander = error as CommanderError;
  if (commander?.code?.startsWith('commander.')) {
    if (commander.exitCode === 0) return 0;
    io.stderr.write(`Try: ${path} --help\n`);
    return 2;
  }
  const paint = painter(io.stderr, io.env);
  const prefix = paint('red', 'error:');
  if (error instanceof UsageError) {
    io.stderr.write(`${prefix} ${error.message}\n${error.hint ? `${error.hint}\n` : ''}Try: ${path} --help\n`);
    return 2;
  }
  const known = error instanceof CommandError;
  const message = error instanceof Error ? error.message : String(error);
  io.stderr.write(`${prefix} ${message}\n`);
  if (!known && io.env['DEBUG'] && error instanceof Error) io.stderr.write(`${error.stack}\n`);
  return known ? error.exitCode : 1;
}
