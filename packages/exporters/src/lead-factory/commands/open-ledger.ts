import { existsSync } from 'node:fs';
import { type CommandContext, CommandError, UsageError } from '@alex/service';
import { CostLedger } from '../cost-ledger.ts';
import { LedgerError } from '../errors.ts';
import { givenSettings, locationOf } from '../options.ts';
import { fileOf, openCostStore } from '../store/open-cost-store.ts';

interface LedgerContext {
  readonly options: { readonly db?: string | undefined; readonly dailyBudget?: unknown };
  readonly io: CommandContext['io'];
}

/**
 * Opens the ledger that the options name, hands it over and closes it. Errors of the ledger end the command: wrong input
 * with code 2, everything else with 1. Unless `create` is set, a file that is not there is an error, not a new ledger.
 */
export async function withLedger<Result>(
  { options, io }: LedgerContext,
  work: (ledger: CostLedger) => Promise<Result>,
  create = false,
): Promise<Result> {
  const location = locationOf(options.db, io.env);
  return await explaining(async () => {
    const file = fileOf(location);
    if (!create && file !== undefined && !existsSync(file)) {
      throw new CommandError(
        `There is no cost ledger at ${file}. "costs log", "costs import" and "costs serve" make one.`,
      );
    }
    const ledger = new CostLedger({ store: await openCostStore(location), settings: givenSettings(options) });
    try {
      return await work(ledger);
    } finally {
      await ledger.close();
    }
  });
}

/** Turns errors of the ledger into those of a command. */
export async function explaining<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!LedgerError.isInstance(error)) throw error;
    if (error.code === 'invalid_argument') throw new UsageError(error.message);
    throw new CommandError(error.message, { cause: error });
  }
}
