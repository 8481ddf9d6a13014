import { type GateEvent, type GateState, openGate } from '../budget/gate-state.ts';
import { LedgerError } from '../errors.ts';
import type { SqlDriver, SqlQuery, SqlRow } from './sql-driver.ts';
import { iso } from './time-parts.ts';

/** The state of the gate; an untouched one where none was written. Rejects with `store_corrupt` when it is unreadable. */
export async function readGate(query: SqlQuery): Promise<GateState> {
  const [row] = await query('SELECT version, state FROM scaling_gate WHERE id = 1');
  if (row === undefined) return openGate;
  const state = parseObject(row['state']);
  if (state === undefined) throw new LedgerError('store_corrupt', 'The state of the scaling gate cannot be read');
  return { ...openGate, ...(state as Partial<GateState>), version: Number(row['version']) };
}

/** Compare-and-set: writes `next` only over the version before it, with its event, and keeps the newest events. */
export function writeGate(
  driver: SqlDriver,
  next: GateState,
  event?: GateEvent & { readonly keep: number },
): Promise<boolean> {
  return driver.transaction(async (query) => {
    const { version, ...state } = next;
    const text = JSON.stringify(state);
    const written =
      version === 1
        ? await query(
            'INSERT INTO scaling_gate (id, version, state) VALUES (1, 1, $1) ON CONFLICT (id) DO NOTHING RETURNING version',
            [text],
          )
        : await query(
            'UPDATE scaling_gate SET version = $1, state = $2 WHERE id = 1 AND version = $3 RETURNING version',
            [version, text, version - 1],
          );
    if (written.length === 0) return false;
    if (event !== undefined) await addEvent(query, event);
    return true;
  });
}

async function addEvent(query: SqlQuery, { keep, ...event }: GateEvent & { readonly keep: number }): Promise<void> {
  await query('INSERT INTO scaling_gate_history (occurred_at, event) VALUES ($1, $2)', [
    iso(event.timeMs),
    JSON.stringify(event),
  ]);
  await query(
    'DELETE FROM scaling_gate_history WHERE id NOT IN (SELECT id FROM scaling_gate_history ORDER BY id DESC LIMIT $1)',
    [Math.max(keep, 1)],
  );
}

/** Newest first. Lines that cannot be read are left out: a damaged history never holds up the gate. */
export async function readHistory(query: SqlQuery, limit: number): Promise<readonly GateEvent[]> {
  const all = 'SELECT event FROM scaling_gate_history ORDER BY id DESC';
  const rows = limit > 0 ? await query(`${all} LIMIT $1`, [Math.floor(limit)]) : await query(all);
  return rows.flatMap((row: SqlRow) => {
    const event = parseObject(row['event']);
    return event === undefined || !('status' in event) ? [] : [event as unknown as GateEvent];
  });
}

function parseObject(text: unknown): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(String(text));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
