import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createObs } from '@alex/obs';
import { expect, it } from 'vitest';
import { collectSessionEvents } from './session-events.ts';

it('sends what a session did to an event store, in order, once', async () => {
  const bodies: { events: { event_type: string; entity_id: string; payload: { tool?: string } }[] }[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    bodies.push(JSON.parse(text));
    response.end('{}');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const obs = createObs({ configPath: false, env: {}, config: { logging: { level: 'error', output: 'stderr' } } });
  const events = collectSessionEvents(obs);
  await obs.solveTask({ sessionId: 's-1' }, () => obs.executeTool({ name: 'clock' }, async () => 'noon'));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect([await events.send(url), await events.send(url)]).toEqual([2, 0]);
  expect(bodies[0]!.events.map(({ event_type, entity_id }) => [event_type, entity_id])).toEqual([
    ['agent.tool_executed', 's-1'],
    ['agent.task_ended', 's-1'],
  ]);
  expect(bodies[0]!.events[0]!.payload.tool).toBe('clock');
  server.close();
  await obs.shutdown();
});
