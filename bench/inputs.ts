/** Inputs drawn beforehand, 1024 of each, so that branches and look-ups are not constant. Same seed, same inputs. */
export const inputCount = 1024;

let state = 42;
function draw(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
}

const pick = <T>(values: readonly T[]): T => values[Math.floor(draw() * values.length)]!;
const tools = [
  'read_file',
  'list_files',
  'search',
  'calculate',
  'http_get',
  'shell',
  'edit',
  'patch',
  'browse',
  'plan',
];
const models = ['gpt-4o', 'gpt-4o-mini', 'o4-mini', 'claude-sonnet-4-5', 'gemini-2.5-pro'];

export interface ToolInput {
  readonly toolName: string;
  readonly status: 'success' | 'error';
  readonly durationMs: number;
}

export interface LlmInput {
  readonly model: string;
  readonly status: 'success' | 'error';
  readonly latencyMs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export const toolInputs: readonly ToolInput[] = Array.from({ length: inputCount }, () => ({
  toolName: pick(tools),
  status: draw() < 0.9 ? 'success' : 'error',
  durationMs: 2.5 * 8000 ** draw(),
}));

export const llmInputs: readonly LlmInput[] = Array.from({ length: inputCount }, () => ({
  model: pick(models),
  status: draw() < 0.95 ? 'success' : 'error',
  latencyMs: 100 * 300 ** draw(),
  inputTokens: Math.floor(100 + draw() * 8000),
  outputTokens: Math.floor(10 + draw() * 1500),
}));
