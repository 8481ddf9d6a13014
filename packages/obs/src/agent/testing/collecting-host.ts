import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import type { LlmRecord, ObsRecord, TaskRecord, ToolRecord } from '../../record.ts';
import { type Agent, createAgent } from '../agent.ts';
import type { AgentHost } from '../host.ts';

interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A host with a real tracer that keeps everything it is told. */
export interface CollectingHost {
  readonly agent: Agent;
  readonly host: AgentHost;
  readonly records: ObsRecord[];
  readonly lines: LogLine[];
  readonly drops: string[];
  spans(): readonly ReadableSpan[];
  span(name: string): ReadableSpan;
  /** The end records of a kind, in order. */
  llm(): LlmRecord[];
  tools(): ToolRecord[];
  tasks(): TaskRecord[];
}

/** Half a cent per thousand tokens for any model but `unpriced`. */
const price: AgentHost['price'] = ({ requested }, usage) =>
  requested === 'unpriced'
    ? { usd: 0, savedUsd: 0, source: 'none' }
    : { usd: usage.costUsd ?? (usage.inputTokens + usage.outputTokens) / 200_000, savedUsd: 0, source: 'library' };

/** A host for one test; `overrides` replace parts of it. */
export function collectingHost(overrides: Partial<AgentHost> = {}): CollectingHost {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const records: ObsRecord[] = [];
  const lines: LogLine[] = [];
  const drops: string[] = [];
  const line =
    (level: string) =>
    (fields: LogLine['fields'], message: string): void =>
      void lines.push({ level, message, fields });
  const logger = {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    child: (bound: LogLine['fields']) => ({
      ...logger,
      info: (fields: LogLine['fields'], message: string): void => logger.info({ ...bound, ...fields }, message),
    }),
  };
  const host: AgentHost = {
    tracer: provider.getTracer('alex'),
    price,
    emit: (record) => void records.push(record),
    logger: () => logger as unknown as Logger,
    content: () => 'off',
    redact: (value) => value,
    redactText: (text) => text.replaceAll('hunter2', '***REDACTED***'),
    dropped: (signal, reason) => void drops.push(`${signal}:${reason}`),
    active: () => true,
    ...overrides,
  };
  const ends = <Kind extends ObsRecord['kind']>(kind: Kind): Extract<ObsRecord, { kind: Kind }>[] =>
    records.filter(
      (record): record is Extract<ObsRecord, { kind: Kind }> => record.kind === kind && record.phase === 'end',
    );
  return {
    agent: createAgent(() => host),
    host,
    records,
    lines,
    drops,
    spans: () => exporter.getFinishedSpans(),
    span(name) {
      const found = exporter.getFinishedSpans().filter((one) => one.name === name);
      if (found.length !== 1) throw new Error(`${found.length} spans are named ${name}`);
      return found[0] as ReadableSpan;
    },
    llm: () => ends('llm'),
    tools: () => ends('tool'),
    tasks: () => ends('task'),
  };
}
