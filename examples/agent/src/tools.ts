import { open } from 'node:fs/promises';
import type { ChatCompletionFunctionTool } from 'openai/resources/chat/completions';
import { calculate } from './calculator.ts';
import { httpGet } from './http-get.ts';
import { Sandbox } from './sandbox.ts';

/** What a tool gives back: text for the model, or an error that the model can act on. Tools never throw, except on abort. */
export type ToolResult = { readonly output: string } | { readonly error: string };

export interface ToolboxOptions {
  /** The folder that the tools may read. */
  readonly root: string;
  /** What a relative URL of `http_get` is resolved against; its origin is allowed. */
  readonly baseUrl?: string;
  /** Further origins that `http_get` may ask, for instance `https://example.com`. */
  readonly allowedOrigins?: readonly string[];
  /** Headers for every request of `http_get`: the place to hand on the trace context. */
  readonly headers?: () => Record<string, string>;
}

/** The tools of the agent: what a model is told about them, and how they are run. */
export interface Toolbox {
  readonly definitions: ChatCompletionFunctionTool[];
  /** `arguments` is JSON as the model wrote it. Rejects only when `signal` is aborted. */
  run(name: string, argumentsJson: string, signal?: AbortSignal): Promise<ToolResult>;
}

const maximumBytes = 64 * 1024;
const maximumHits = 40;

type Arguments = Readonly<Record<string, unknown>>;
type Tool = (input: Arguments, signal: AbortSignal | undefined) => Promise<string> | string;

/** Builds the five tools: `list_files`, `read_file`, `search_files`, `calculate` and `http_get`. */
export function createToolbox(options: ToolboxOptions): Toolbox {
  const sandbox = new Sandbox(options.root);
  const tools: Record<string, Tool> = {
    list_files: async (input) => (await sandbox.files(text(input, 'path', '.'))).join('\n') || '(no files)',
    read_file: async (input) => readText(await sandbox.resolve(text(input, 'path'))),
    search_files: (input, signal) => search(sandbox, input, signal),
    calculate: (input) => String(Number(calculate(text(input, 'expression')).toPrecision(12))),
    http_get: (input, signal) => httpGet(text(input, 'url'), { ...options, signal }),
  };
  return {
    definitions,
    async run(name, argumentsJson, signal) {
      signal?.throwIfAborted();
      const tool = Object.hasOwn(tools, name) ? tools[name] : undefined;
      if (tool === undefined) return { error: `there is no tool "${name}"` };
      try {
        return { output: await tool(parse(argumentsJson), signal) };
      } catch (error) {
        signal?.throwIfAborted();
        return { error: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}

function parse(json: string): Arguments {
  const value: unknown = JSON.parse(json === '' ? '{}' : json);
  if (typeof value !== 'object' || value === null) throw new Error('the arguments are not a JSON object');
  return value as Arguments;
}

function text(input: Arguments, name: string, fallback?: string): string {
  const value = input[name] ?? fallback;
  if (typeof value !== 'string' || value === '') throw new Error(`the argument "${name}" must be a text`);
  return value;
}

async function readText(path: string): Promise<string> {
  const file = await open(path);
  try {
    if (!(await file.stat()).isFile()) throw new Error('this is a folder: use list_files');
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(maximumBytes + 1) });
    const content = buffer.subarray(0, Math.min(bytesRead, maximumBytes));
    if (content.includes(0)) throw new Error('this is not a text file');
    return content.toString('utf8') + (bytesRead > maximumBytes ? `\n(cut after ${maximumBytes} bytes)` : '');
  } finally {
    await file.close();
  }
}

async function search(sandbox: Sandbox, input: Arguments, signal: AbortSignal | undefined): Promise<string> {
  const query = text(input, 'query').toLowerCase();
  const hits: string[] = [];
  for (const path of await sandbox.files(text(input, 'path', '.'))) {
    signal?.throwIfAborted();
    const content = await readText(await sandbox.resolve(path)).catch(() => '');
    for (const [index, line] of content.split('\n').entries()) {
      if (!line.toLowerCase().includes(query)) continue;
      if (hits.length === maximumHits) return [...hits, '(more hits were left out)'].join('\n');
      hits.push(`${path}:${index + 1}: ${line.slice(0, 200)}`);
    }
  }
  return hits.join('\n') || '(no hits)';
}

function define(name: string, description: string, properties: Record<string, string>): ChatCompletionFunctionTool {
  const required = Object.keys(properties).filter((key) => !properties[key]!.startsWith('Optional'));
  const schema = Object.fromEntries(
    Object.entries(properties).map(([key, about]) => [key, { type: 'string', description: about }]),
  );
  const parameters = { type: 'object', properties: schema, required, additionalProperties: false };
  return { type: 'function', function: { name, description, parameters } };
}

const definitions: ChatCompletionFunctionTool[] = [
  define('list_files', 'Lists the files of the workspace, one path per line.', {
    path: 'Optional: only below this folder.',
  }),
  define('read_file', 'Reads a text file of the workspace.', { path: 'The path, relative to the workspace.' }),
  define('search_files', 'Finds the lines that contain a text, ignoring case. One hit per line: path:line: text.', {
    query: 'The text to find, literally.',
    path: 'Optional: only below this folder.',
  }),
  define('calculate', 'Evaluates arithmetic with + - * / % ^ ( ) and sum, average, min, max, round, abs, sqrt.', {
    expression: 'For instance: round(average(12.5, 14, 9.25) * 1.2, 2)',
  }),
  define('http_get', 'Fetches a page by HTTP GET and returns its text.', {
    url: 'The address; a path such as /status asks the gateway.',
  }),
];
