import { readFile } from 'node:fs/promises';
import type { GateEvent, GateState } from '../budget/gate-state.ts';
import { openGate } from '../budget/gate-state.ts';
import type { CostStore } from '../store/cost-store.ts';

/**
 * Takes over the state of an older installation, once for each file: a JSON state, or a lock file of one line. A file that
 * is missing or says nothing leaves the gate as it is. Gives what was found.
 */
export async function importGateFile(
  store: CostStore,
  path: string,
): Promise<'closed' | 'open' | 'done before' | 'unreadable'> {
  const key = `gate_file:${path}`;
  if ((await store.setting(key)) !== undefined) return 'done before';
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const found = text === undefined ? undefined : parse(text);
  if (found === undefined) return 'unreadable';
  const state = await store.gate();
  if (found.active) {
    const next: GateState = { ...openGate, ...state, ...found, version: state.version + 1 };
    const event: GateEvent = {
      ...noAmounts,
      timeMs: found.sinceMs,
      status: 'activated',
      source: found.source,
      reason: found.reason,
    };
    await store.changeGate(next, { ...event, keep: 1000 });
  }
  await store.saveSetting(key, new Date().toISOString());
  return found.active ? 'closed' : 'open';
}

const noAmounts = { dailyMicroUsd: 0, monthlyMicroUsd: 0, dailyBudgetMicroUsd: 0, monthlyBudgetMicroUsd: 0 };

type Found = Pick<GateState, 'active' | 'source' | 'reason' | 'sinceMs'>;

function parse(text: string): Found | undefined {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{') && !trimmed.startsWith('[')) return parseLock(trimmed);
  try {
    const { active, source, reason, since } = JSON.parse(trimmed) as Record<string, unknown>;
    if (typeof active !== 'boolean') return undefined;
    return {
      active,
      source: source === 'manual' ? 'manual' : 'auto',
      reason: String(reason ?? 'taken over').slice(0, 256),
      sinceMs: Date.parse(String(since)) || 0,
    };
  } catch {
    return undefined;
  }
}

/** `2025-05-20 10:00:00: reason`, local time. The lock of the original stood for a closed gate. */
function parseLock(line: string): Found | undefined {
  const [, stamp, reason] = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d): (.+)$/.exec(line) ?? [];
  if (stamp === undefined || reason === undefined) return undefined;
  return {
    active: true,
    source: 'auto',
    reason: reason.slice(0, 256),
    sinceMs: Date.parse(stamp.replace(' ', 'T')) || 0,
  };
}
