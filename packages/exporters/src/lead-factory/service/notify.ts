import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceLogger } from '@alex/service';
import type { GateState } from '../budget/gate-state.ts';

export interface NotifyOptions {
  readonly webhook?: string | undefined;
  /** Run by the shell. */
  readonly command?: string | undefined;
  readonly logger: ServiceLogger;
  readonly signal: AbortSignal;
}

const attempts = 3;
const timeoutMs = 5000;

/** Tells the outside that the gate closed or opened: POST to a URL, or a command with the facts in its environment. */
export function notifier({ webhook, command, logger, signal }: NotifyOptions): (gate: GateState) => void {
  return (gate) => {
    const facts = {
      event: gate.active ? 'activated' : 'deactivated',
      reason: gate.reason,
      source: gate.source,
      timestamp: new Date(gate.sinceMs).toISOString(),
    };
    if (webhook !== undefined) {
      post(webhook, facts, signal).catch((error: unknown) => {
        if (!signal.aborted) logger.error({ error }, 'The webhook of the scaling gate does not answer');
      });
    }
    if (command !== undefined) run(command, facts, logger);
  };
}

async function post(url: string, facts: object, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(facts),
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      await response.body?.cancel();
      if (response.ok) return;
      throw new Error(`HTTP ${response.status}`);
    } catch (error) {
      if (attempt === attempts || signal.aborted) throw error;
      await delay(attempt * 500, undefined, { signal });
    }
  }
}

function run(command: string, facts: Readonly<Record<string, string>>, logger: ServiceLogger): void {
  const variables = Object.entries(facts).map(([name, value]) => [`GATE_${name.toUpperCase()}`, value]);
  const child = spawn(command, {
    shell: true,
    stdio: 'ignore',
    timeout: 30_000,
    env: { ...process.env, ...Object.fromEntries(variables) },
  });
  child.on('error', (error) => logger.error({ error }, 'The command of the scaling gate did not start'));
  child.on('exit', (code) => {
    if (code !== 0) logger.error({ code }, 'The command of the scaling gate failed');
  });
}
