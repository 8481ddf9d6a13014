import type { Attributes } from '@opentelemetry/api';
import type { Call, Task } from '../api.ts';
import { spanKinds } from '../api-values.ts';
import { spanNames } from '../catalog.ts';
import { active, sessionOf } from '../context/active.ts';
import { callOf, inertCall, perform } from './call.ts';
import type { AgentHost } from './host.ts';
import { dollars, logEnd, milliseconds } from './log.ts';
import { optionalName, sessionIdOf } from './names.ts';
import { type Ended, Operation, type RecordFields } from './operation.ts';
import { resetCalls, type TaskState, taskKey } from './scope.ts';

/** A task: the root one is a session at work, one inside another is a sub-agent. */
class TaskOperation extends Operation {
  readonly #agent: string | undefined;
  readonly #root: boolean;
  readonly #state: TaskState = { iterations: 0, costUsd: 0 };

  constructor(host: AgentHost, task: Task) {
    const agent = optionalName(task.agent);
    const attributes: Attributes = { 'gen_ai.operation.name': 'invoke_agent' };
    if (agent !== undefined) attributes['gen_ai.agent.name'] = agent;
    const sessionId = sessionIdOf(task.sessionId) ?? sessionOf(active()) ?? crypto.randomUUID();
    if (task.sessionId !== undefined && sessionIdOf(task.sessionId) === undefined) {
      host.dropped('records', 'invalid_name');
    }
    super(host, {
      name: spanNames.task,
      kind: spanKinds.internal,
      attributes,
      userAttributes: task.attributes,
      sessionId,
    });
    this.#agent = agent;
    this.#root = taskKey.get(this.parentContext) === undefined;
    this.context = taskKey.set(resetCalls(this.context), this.#state);
  }

  protected started(fields: RecordFields): void {
    this.emit({ ...fields, kind: 'task', agent: this.#agent, root: this.#root });
    this.log('info', 'task started', { agent: this.#agent });
  }

  protected finished(end: Ended): void {
    const { iterations, costUsd } = this.#state;
    this.setAttributes({ 'alex.task.iterations': iterations, 'alex.task.cost': costUsd });
    this.emit({ ...end.fields, kind: 'task', agent: this.#agent, root: this.#root, iterations, costUsd });
    const fields = {
      agent: this.#agent,
      duration_ms: milliseconds(end.durationMs),
      iterations,
      cost_usd: dollars(costUsd),
    };
    logEnd(this, 'task', end, fields);
  }
}

/** `obs.solveTask` */
export function solveTask<Result>(host: AgentHost, task: Task, fn: (call: Call) => Result): Result {
  return perform(
    host,
    () => new TaskOperation(host, task),
    (operation) => (operation ? operation.run(() => fn(callOf(operation))) : fn(inertCall(host))),
  );
}
