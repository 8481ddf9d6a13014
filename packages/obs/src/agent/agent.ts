import type { Obs } from '../api.ts';
import { active, runWith, withSession } from '../context/active.ts';
import { attempt } from '../context/guard.ts';
import { callbackOf } from './call.ts';
import { generate } from './generate.ts';
import type { HostSource } from './host.ts';
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

/**
 * The helpers, on the host of the moment: what was observed once stays so when the instance is shut down and started
 * again. Nothing of them throws but what their callbacks throw.
 */
export function createAgent(host: HostSource): Agent {
  return {
    solveTask: (task, fn) => solveTask(host(), task, callbackOf(host(), fn)),
    iteration: (number, fn) => iteration(host(), number, callbackOf(host(), fn)),
    generate: (generation, fn) => generate(host(), generation, callbackOf(host(), fn)),
    executeTool: (tool, fn) => executeTool(host(), tool, callbackOf(host(), fn)),
    observeClient: (client) => observeClient(host, client),
    observeTools: (tools) => observeTools(host, tools),
    withSession(sessionId, fn) {
      const current = host();
      const run = callbackOf(current, fn);
      const id = sessionIdOf(sessionId);
      if (id === undefined) attempt(() => current.dropped('records', 'invalid_name'));
      return id === undefined || !current.active() ? run() : runWith(withSession(active(), id), run);
    },
  };
}
