import type { Obs } from '../api.ts';
import { active, runWith, withSession } from '../context/active.ts';
import { generate } from './generate.ts';
import { attempt } from './guard.ts';
import type { AgentHost } from './host.ts';
import { iteration } from './iteration.ts';
import { sessionIdOf } from './names.ts';
import { observeClient } from './observe-client.ts';
import { observeTools } from './observe-tools.ts';
import { solveTask } from './task.ts';
import { executeTool } from './tool.ts';

/** The part of the face that agents are instrumented with. */
export type Agent = Pick<
  Obs,
  'solveTask' | 'iteration' | 'generate' | 'executeTool' | 'observeClient' | 'observeTools' | 'withSession'
>;

/** The helpers on a host. Nothing of them throws but what their callbacks throw. */
export function createAgent(host: AgentHost): Agent {
  return {
    solveTask: (task, fn) => solveTask(host, task, fn),
    iteration: (number, fn) => iteration(host, number, fn),
    generate: (generation, fn) => generate(host, generation, fn),
    executeTool: (tool, fn) => executeTool(host, tool, fn),
    observeClient: (client) => observeClient(host, client),
    observeTools: (tools) => observeTools(host, tools),
    withSession(sessionId, fn) {
      const id = sessionIdOf(sessionId);
      if (id === undefined) attempt(() => host.dropped('records', 'invalid_name'));
      return id === undefined || !host.active() ? fn() : runWith(withSession(active(), id), fn);
    },
  };
}
