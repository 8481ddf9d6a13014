import type { GateEvent, GateState } from '../budget/gate-state.ts';
import type { CostRecord } from '../entry.ts';

/** A span of time, Unix milliseconds, `toMs` not included. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What was spent under one name. */
export interface CostSum {
  readonly name: string;
  readonly microUsd: number;
  readonly entries: number;
}

/** An entry of the ledger with its number. */
export interface StoredEntry extends CostRecord {
  readonly id: number;
}

export interface EntryQuery extends TimeRange {
  readonly service?: string | undefined;
  /** Entries after this one, in the order of `newestFirst`. */
  readonly after?: StoredEntry | undefined;
  readonly newestFirst?: boolean;
  readonly limit: number;
}

/** Where totals and ledger differ, for one quarter of an hour or day. */
export interface TotalDifference {
  readonly startMs: number;
  readonly service: string;
  readonly operation: string;
  readonly ledgerMicroUsd: number;
  readonly totalMicroUsd: number;
}

/**
 * Where costs, the state of the gate and its history are kept, shared by all processes that open it. Every method may
 * reject with a LedgerError whose code begins with `store_`; nothing is ever answered in place of what cannot be read.
 */
export interface CostStore {
  /** Adds entries in one transaction, durable when it resolves; gives for each whether it was new. */
  append(records: readonly CostRecord[]): Promise<readonly boolean[]>;
  /** Most expensive first, then by name. */
  sumByService(range: TimeRange): Promise<readonly CostSum[]>;
  /** Most expensive first, then by name. */
  sumByOperation(service: string, range: TimeRange): Promise<readonly CostSum[]>;
  /** Micro-dollars. */
  total(range: TimeRange, service?: string): Promise<number>;
  /** For reports: reads the entries themselves, so it knows nothing of what was pruned. */
  sumByDetail(detail: 'session' | 'model', range: TimeRange): Promise<readonly CostSum[]>;
  entries(query: EntryQuery): Promise<readonly StoredEntry[]>;
  gate(): Promise<GateState>;
  /** Replaces the state if its version is still that of `next` minus one, and adds the event to the history. */
  changeGate(next: GateState, event?: GateEvent & { readonly keep: number }): Promise<boolean>;
  /** Newest first; all when `limit` is 0 or less. */
  gateHistory(limit: number): Promise<readonly GateEvent[]>;
  /** A text that is kept under a key, for instance the budgets. */
  setting(key: string): Promise<string | undefined>;
  saveSetting(key: string, value: string): Promise<void>;
  /** Compares the totals with the ledger, from where entries were last pruned; writes them anew when told. */
  verifyTotals(rebuild: boolean): Promise<readonly TotalDifference[]>;
  /** Deletes entries before a time and keeps their totals. Gives how many. */
  prune(beforeMs: number): Promise<number>;
  close(): Promise<void>;
}
