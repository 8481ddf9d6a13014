import type { Failure } from './api.ts';
import { expandPath } from './config/home.ts';
import { messageOf, ObsError } from './errors.ts';
import type { CostSink, ObsRecord, SpendDecision, SpendRequest } from './record.ts';

/** Entries that may wait for a ledger that is being opened, or is slow. */
const maximumWaiting = 1000;

/** An agent waits no longer than this for a permission. */
const authorizeTimeoutMs = 3000;

const ledgerPackage = '@alex/exporters';

export interface LedgerOptions {
  /** Opens the sink; may take its time. */
  readonly open: () => Promise<CostSink>;
  /** Told of each entry that was not written. */
  readonly dropped: (reason: 'queue_full' | 'write_failed') => void;
  readonly warn: (message: string) => void;
}

/** Writes the cost of each LLM call to a cost ledger, in order. Bounded; never throws and never blocks the call. */
export class Ledger {
  readonly #options: LedgerOptions;
  readonly #sink: Promise<CostSink | undefined>;
  #tail: Promise<void> = Promise.resolve();
  #waiting = 0;
  #warned = false;

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#sink = Promise.resolve()
      .then(options.open)
      .catch((error: unknown) => {
        options.warn(`The cost ledger cannot be opened: ${messageOf(error)}`);
        return undefined;
      });
  }

  /** Takes the end of a priced LLM call; other records pass by. */
  accept(record: ObsRecord): void {
    if (record.kind !== 'llm' || record.phase !== 'end' || !record.cost || record.cost.source === 'none') return;
    if (this.#waiting >= maximumWaiting) {
      this.#options.dropped('queue_full');
      return;
    }
    const { timeMs, model, provider, sessionId, spanId, usage, cost } = record;
    this.#waiting += 1;
    this.#tail = this.#tail.then(async () => {
      await this.#write({ timeMs, model, provider, sessionId, spanId, usage, usd: cost.usd });
      this.#waiting -= 1;
    });
  }

  /** Asks the ledger before spending; what was spent until now counts. Allows where it cannot tell in time. */
  async authorize(request: SpendRequest): Promise<SpendDecision> {
    const late = new Promise<undefined>((resolve) => setTimeout(resolve, authorizeTimeoutMs, undefined).unref());
    try {
      const decision = await Promise.race([late, this.#decide(request)]);
      return decision ?? { allowed: true, reason: 'the cost ledger did not answer in time' };
    } catch (error) {
      return { allowed: true, reason: `the cost ledger cannot tell: ${messageOf(error)}` };
    }
  }

  /** Waits for what is under way. */
  async flush(timeoutMs: number): Promise<readonly Failure[]> {
    const late = new Promise<'late'>((resolve) => setTimeout(resolve, timeoutMs, 'late').unref());
    if ((await Promise.race([this.#tail, late])) !== 'late') return [];
    return [{ part: 'ledger', message: `${this.#waiting} costs were not written within ${timeoutMs} ms` }];
  }

  async close(timeoutMs: number): Promise<readonly Failure[]> {
    const failures = await this.flush(timeoutMs);
    try {
      await (await this.#sink)?.close?.();
      return failures;
    } catch (error) {
      return [...failures, { part: 'ledger', message: messageOf(error) }];
    }
  }

  async #decide(request: SpendRequest): Promise<SpendDecision> {
    const sink = await this.#sink;
    await this.#tail;
    return (await sink?.authorize?.(request)) ?? { allowed: true, reason: 'the cost ledger has no budget' };
  }

  async #write(entry: Parameters<CostSink['append']>[0]): Promise<void> {
    try {
      const sink = await this.#sink;
      if (!sink) return this.#options.dropped('write_failed');
      await sink.append(entry);
    } catch (error) {
      this.#options.dropped('write_failed');
      if (this.#warned) return;
      this.#warned = true;
      this.#options.warn(`The cost ledger does not take entries: ${messageOf(error)}`);
    }
  }
}

/** Opens the ledger that `cost_ledger` names, through the optional package that keeps ledgers. */
export async function openCostLedger(location: string, packageName: string = ledgerPackage): Promise<CostSink> {
  const specifier = `${packageName}/lead-factory`;
  let module: { costSink?: (location: string) => CostSink | Promise<CostSink> };
  try {
    module = (await import(specifier)) as typeof module;
  } catch (error) {
    throw new ObsError('MISSING_PACKAGE', `cost_ledger needs the package ${packageName}, which is not installed`, {
      cause: error,
    });
  }
  if (!module.costSink) throw new ObsError('MISSING_PACKAGE', `${specifier} has no costSink: it is of another version`);
  return module.costSink(expandHome(location));
}

function expandHome(location: string): string {
  return location.includes('://') ? location : expandPath(location);
}
