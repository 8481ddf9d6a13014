import type { Obs, ObsRecord } from '@alex/obs';

/** An event as the AllSource event store takes it. */
interface SessionEvent {
  readonly event_type: string;
  readonly entity_id: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** The events of the sessions that an agent runs, until they are sent. */
export interface SessionEvents {
  /** Appends them to the event store at this URL, in order. Rejects when it does not take them. */
  send(url: string): Promise<number>;
}

const mostKept = 10_000;

/** Keeps one event for each LLM call, tool execution and task that ends; the entity is the session. */
export function collectSessionEvents(obs: Obs): SessionEvents {
  const events: SessionEvent[] = [];
  obs.observe((record) => {
    const event = record.phase === 'end' ? eventOf(record) : undefined;
    if (event !== undefined && events.length < mostKept) events.push(event);
  });
  return {
    async send(url) {
      const response = await fetch(new URL('/api/v1/events/batch', url), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(process.env['ALLSOURCE_TOKEN'] && { authorization: `Bearer ${process.env['ALLSOURCE_TOKEN']}` }),
        },
        body: JSON.stringify({ events }),
        signal: AbortSignal.timeout(10_000),
      });
      if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
      return events.splice(0).length;
    },
  };
}

function eventOf(record: ObsRecord): SessionEvent | undefined {
  const { kind, sessionId, status, durationMs } = record;
  if (sessionId === undefined) return undefined;
  const base = { status, duration_ms: durationMs };
  switch (kind) {
    case 'llm':
      return {
        event_type: 'agent.llm_answered',
        entity_id: sessionId,
        payload: { ...base, model: record.model, cost_usd: record.cost?.usd },
      };
    case 'tool':
      return { event_type: 'agent.tool_executed', entity_id: sessionId, payload: { ...base, tool: record.toolName } };
    case 'task':
      return { event_type: 'agent.task_ended', entity_id: sessionId, payload: base };
    default:
      return undefined;
  }
}
