/** The command was called in a wrong way: bad flag, value or argument. The exit code is 2. */
export class UsageError extends Error {
  /** What to try instead, on a line of its own. */
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.name = 'UsageError';
    this.hint = hint;
  }
}

/** The command could not do its work for a reason that the user can act on: its message is printed without a stack. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(message: string, options?: ErrorOptions & { readonly exitCode?: number }) {
    super(message, options);
    this.name = 'CommandError';
    this.exitCode = options?.exitCode ?? 1;
  }
}
