import type { Context } from '@opentelemetry/api';
import { type ContextKey, contextKey } from '../context/agent-context.ts';
import type { Usage } from '../record.ts';

/** What happens in a task itself; sub-agents have their own. */
export interface TaskState {
  iterations: number;
  costUsd: number;
}

/** An LLM call that is under way, for observed clients that are used inside it. */
export interface CurrentGeneration {
  readonly ended: boolean;
  /** A piece of an answer has come. */
  seen(): void;
  /** A request below it has ended. */
  addRequest(usage: Usage | undefined, model: string | undefined): void;
}

/** A tool execution that is under way. `claimed` once an observed tool has been recognised as the same one. */
export interface CurrentTool {
  readonly toolName: string;
  claimed: boolean;
}

/** The task that a context belongs to. */
export const taskKey: ContextKey<TaskState> = contextKey('alex task');
/** The LLM call that a context is inside of. */
export const generationKey: ContextKey<CurrentGeneration | undefined> = contextKey('alex generation');
/** The tool execution that a context is inside of. */
export const toolKey: ContextKey<CurrentTool | undefined> = contextKey('alex tool');

/** What begins inside this context belongs to no LLM call and no tool execution that surrounds it. */
export function resetCalls(context: Context): Context {
  if (generationKey.get(context) !== undefined) context = generationKey.set(context, undefined);
  if (toolKey.get(context) !== undefined) context = toolKey.set(context, undefined);
  return context;
}
