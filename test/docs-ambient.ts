/** What code in documents may use without declaring it: the reader's own part of a program. */
export const ambient: string = `
declare const openai: import('openai').OpenAI;
declare const model: string;
declare const messages: import('openai/resources/chat/completions').ChatCompletionMessageParam[];
declare const tools: import('openai/resources/chat/completions').ChatCompletionTool[];
interface ExampleCall { readonly name: string; readonly id: string; readonly arguments: string }
declare function toolCalls(reply: import('openai/resources/chat/completions').ChatCompletion): readonly ExampleCall[];
declare function run(call: ExampleCall): Promise<{ readonly output: string }>;
declare function finished(reply: import('openai/resources/chat/completions').ChatCompletion): boolean;
declare const registry: import('@alex/openmetrics').Registry;
declare const server: import('@alex/openmetrics/http').MetricsServer;
declare const executions: import('@alex/openmetrics').Instrument<readonly ['tool', 'status'], import('@alex/openmetrics').CounterCell>;
declare const duration: import('@alex/openmetrics').Instrument<readonly ['tool'], import('@alex/openmetrics').HistogramCell>;
declare const goldenText: string;
declare const traceId: string;
declare const spanId: string;
declare const obs: import('@alex/obs').Obs;
`;
