import type { OptionDeclarations, OptionValues } from '../options/declaration.ts';
import type { CommandIo } from './io.ts';

/** A positional argument. Only the last one may be optional or variadic. */
export interface ArgumentDeclaration {
  readonly name: string;
  readonly description: string;
  /** May be left out. A variadic one that is optional may be empty. */
  readonly optional?: boolean;
  /** Takes all that follows. */
  readonly variadic?: boolean;
}

/** Positional arguments by name. */
export type ArgumentValues<A extends readonly ArgumentDeclaration[]> = {
  readonly [D in A[number] as D['name']]: D extends { readonly variadic: true }
    ? readonly string[]
    : D extends { readonly optional: true }
      ? string | undefined
      : string;
};

/** What a running command gets. */
export interface CommandContext<
  D extends OptionDeclarations = OptionDeclarations,
  A extends readonly ArgumentDeclaration[] = readonly ArgumentDeclaration[],
> {
  readonly options: OptionValues<D>;
  readonly arguments: ArgumentValues<A>;
  /** `--json` was given (only where the command declares `json`). */
  readonly json: boolean;
  readonly io: CommandIo;
  /** Aborted by Ctrl-C and by SIGTERM. */
  readonly signal: AbortSignal;
  /** One line of data on stdout. */
  print(line: string): void;
  /** One line for a human on stderr. */
  note(line: string): void;
}

/** 0 is fine, 1 found something wrong, 2 wrong usage. */
export type ExitCode = number;

interface Described {
  readonly name: string;
  /** One line, shown in the list of commands. */
  readonly summary: string;
}

/** A command as a plain object: its own bin and `alex-obs` both run it with `runCommand`. Write it with `defineCommand`. */
export interface Command extends Described {
  /** Paragraphs below the summary in `--help`. */
  readonly description?: string;
  /** Printed by `--version`; subcommands have that of their root. */
  readonly version?: string;
  /** Full command lines, at least one, shown by `--help`. */
  readonly examples: readonly string[];
  readonly arguments?: readonly ArgumentDeclaration[];
  readonly options?: OptionDeclarations;
  /** Its output is data: `--json` exists. */
  readonly json?: boolean;
  /** Options can also come from a YAML file named by `--config` or by this variable. */
  readonly configFile?: { readonly env?: string; readonly section?: string };
  /** Ctrl-C is its normal end, which it handles through `signal`. Otherwise Ctrl-C ends it at once with code 130. */
  readonly untilInterrupted?: boolean;
  /** Either this or `subcommands`. Errors end the command with a message: UsageError with code 2, all others with 1. */
  run?(context: CommandContext): Promise<ExitCode | void> | ExitCode | void;
  readonly subcommands?: readonly (Command | LazyCommand)[];
}

/** A subcommand whose code is loaded when it is called, so that `--help` of the parent stays quick. */
export interface LazyCommand extends Described {
  load(): Promise<Command>;
}

type TypedCommand<D extends OptionDeclarations, A extends readonly ArgumentDeclaration[]> = Omit<
  Command,
  'run' | 'options' | 'arguments'
> & {
  readonly options?: D;
  readonly arguments?: A;
  run(context: CommandContext<D, A>): Promise<ExitCode | void> | ExitCode | void;
};

/** A command whose `run` gets options and arguments typed from their declarations. */
export function defineCommand<
  const D extends OptionDeclarations = Readonly<Record<never, never>>,
  const A extends readonly ArgumentDeclaration[] = readonly [],
>(command: TypedCommand<D, A>): Command {
  return command as unknown as Command;
}
