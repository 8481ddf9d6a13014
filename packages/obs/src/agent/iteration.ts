import type { Call } from '../api.ts';
import { spanKinds } from '../api-values.ts';
import { spanNames } from '../catalog.ts';
import { callOf, inertCall, perform } from './call.ts';
import type { AgentHost } from './host.ts';
import { milliseconds } from './log.ts';
import { type Ended, Operation, type RecordFields } from './operation.ts';
import { resetCalls, taskKey } from './scope.ts';

class IterationOperation extends Operation {
  readonly #iteration: number;

  constructor(host: AgentHost, iteration: number) {
    const valid = Number.isFinite(iteration);
    if (!valid) host.dropped('traces', 'invalid_attribute');
    super(host, {
      name: spanNames.iteration,
      kind: spanKinds.internal,
      attributes: valid ? { 'alex.iteration': Math.trunc(iteration) } : {},
    });
    this.#iteration = valid ? Math.trunc(iteration) : 0;
    this.context = resetCalls(this.context);
  }

  protected started(fields: RecordFields): void {
    const task = taskKey.get(this.parentContext);
    if (task !== undefined) task.iterations += 1;
    this.emit({ ...fields, kind: 'iteration', iteration: this.#iteration });
  }

  protected finished(end: Ended): void {
    this.emit({ ...end.fields, kind: 'iteration', iteration: this.#iteration });
    this.log('debug', 'iteration ended', {
      iteration: this.#iteration,
      status: end.status,
      duration_ms: milliseconds(end.durationMs),
    });
  }
}

/** `obs.iteration` */
export function iteration<Result>(host: AgentHost, number: number, fn: (call: Call) => Result): Result {
  return perform(
    host,
    () => new IterationOperation(host, number),
    (operation) => (operation ? operation.run(() => fn(callOf(operation))) : fn(inertCall(host))),
  );
}
