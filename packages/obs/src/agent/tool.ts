import { type Attributes, SpanKind } from '@opentelemetry/api';
import type { Call, ToolCall } from '../api.ts';
import { spanNames } from '../catalog.ts';
import { attempt } from '../context/guard.ts';
import { callOf, inertCall, perform } from './call.ts';
import { contentAttributes, contentNames } from './content.ts';
import type { AgentHost } from './host.ts';
import { textLength } from './length.ts';
import { logEnd, milliseconds } from './log.ts';
import { nameOf, optionalName } from './names.ts';
import { type Ended, Operation, type RecordFields } from './operation.ts';
import { resetCalls, toolKey } from './scope.ts';
import { toolFailure } from './tool-failure.ts';

class ToolOperation extends Operation {
  readonly #toolName: string;
  readonly #callId: string | undefined;
  readonly #isError: ((result: never) => boolean) | undefined;
  #resultLength: number | undefined;

  constructor(host: AgentHost, tool: ToolCall<never>) {
    const toolName = nameOf(host, tool.name);
    const callId = optionalName(tool.callId);
    const attributes: Attributes = {
      'alex.tool_name': toolName,
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': toolName,
      'gen_ai.tool.type': 'function',
    };
    if (callId !== undefined) attributes['gen_ai.tool.call.id'] = callId;
    super(host, { name: spanNames.tool, kind: SpanKind.INTERNAL, attributes, userAttributes: tool.attributes });
    this.describe(() => contentAttributes(host, contentNames.arguments, tool.arguments));
    this.#toolName = toolName;
    this.#callId = callId;
    this.#isError = typeof tool.isError === 'function' ? tool.isError : undefined;
    this.context = toolKey.set(resetCalls(this.context), { toolName, claimed: false });
  }

  protected started(fields: RecordFields): void {
    this.emit({ ...fields, kind: 'tool', toolName: this.#toolName, callId: this.#callId });
    this.log('info', 'tool started', { tool: this.#toolName, call_id: this.#callId });
  }

  protected override read(value: unknown): void {
    const failure = attempt(() => toolFailure(value, this.#isError as ((result: unknown) => boolean) | undefined));
    if (failure !== undefined) this.fail(failure.reason);
    this.#resultLength = textLength(value);
    this.describe(() => contentAttributes(this.host, contentNames.result, value));
  }

  protected finished(end: Ended): void {
    const resultLength = this.#resultLength;
    this.emit({ ...end.fields, kind: 'tool', toolName: this.#toolName, callId: this.#callId, resultLength });
    logEnd(this, 'tool', end, {
      tool: this.#toolName,
      call_id: this.#callId,
      duration_ms: milliseconds(end.durationMs),
      result_length: resultLength,
    });
  }
}

/** `obs.executeTool` */
export function executeTool<Result>(
  host: AgentHost,
  tool: ToolCall<Awaited<Result>>,
  fn: (call: Call) => Result,
): Result {
  return perform(
    host,
    () => new ToolOperation(host, tool as ToolCall<never>),
    (operation) => (operation ? operation.run(() => fn(callOf(operation))) : fn(inertCall(host))),
  );
}
