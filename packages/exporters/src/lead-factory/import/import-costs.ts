import { basename } from 'node:path';
import type { Calendar } from '../budget/calendar.ts';
import type { CostRecord } from '../entry.ts';
import { LedgerError } from '../errors.ts';
import type { CostStore } from '../store/cost-store.ts';
import { layoutOf, toImportedRecord } from './legacy-rows.ts';
import { readForeign } from './read-legacy.ts';

/** Rows in one transaction. */
const batchSize = 500;

export interface ImportOptions {
  /** The zone of stamps that name none; rows of `cost_cents` are UTC. */
  readonly calendar: Calendar;
  /** What the file is recognized by when it is imported again. Default: its name. */
  readonly source?: string | undefined;
}

export interface ImportResult {
  readonly imported: number;
  /** Were there already. */
  readonly known: number;
  /** Rows that were left out, by number, with the reason. */
  readonly rejected: readonly { readonly row: number; readonly reason: string }[];
}

/** Takes the costs of a legacy database or a CSV file over. Importing the same file again adds nothing. */
export async function importCosts(store: CostStore, path: string, options: ImportOptions): Promise<ImportResult> {
  const { columns, rows } = await readForeign(path);
  const context = { layout: layoutOf(columns), calendar: options.calendar, source: options.source ?? basename(path) };
  const result = { imported: 0, known: 0, rejected: [] as { row: number; reason: string }[] };
  let batch: CostRecord[] = [];
  const flush = async (): Promise<void> => {
    const added = await store.append(batch);
    const fresh = added.filter(Boolean).length;
    result.imported += fresh;
    result.known += added.length - fresh;
    batch = [];
  };
  for await (const [number, row] of rows) {
    try {
      batch.push(toImportedRecord(row, number, context));
    } catch (error) {
      if (!LedgerError.isInstance(error)) throw error;
      result.rejected.push({ row: number, reason: error.message });
    }
    if (batch.length === batchSize) await flush();
  }
  if (batch.length > 0) await flush();
  return result;
}
