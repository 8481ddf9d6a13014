/** A program of a package: how it is called, where its bin lies, and what to run. */
export interface Program<Module> {
  readonly name: string;
  /** `import.meta.url` of the bin, which lies in `bin/` of its package. */
  readonly bin: string;
  /** The module below `src` or `dist`, without its ending. */
  readonly entry: string;
  readonly run: (module: Module) => Promise<void>;
}

/**
 * Runs a program, from the sources in a clone and from `dist` where it is installed. On a Node that is too old it runs
 * with the one of the workspace, or says what it needs and sets exit code 2.
 */
export function launch<Module>(program: Program<Module>): Promise<void>;
