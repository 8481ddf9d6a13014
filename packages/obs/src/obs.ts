import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '@opentelemetry/api';
import type { Logger } from 'pino';
import { type Agent, createAgent } from './agent/agent.ts';
import type {
  AgentMetrics,
  AgentTracer,
  Call,
  Deadline,
  Failure,
  Generation,
  LlmCall,
  Obs,
  ObsOptions,
  Started,
  Task,
  ToolCall,
} from './api.ts';
import type { ResolvedConfiguration } from './config/configuration.ts';
import { resolveConfiguration } from './config/resolve.ts';
import { type ConfigurationChange, watchConfiguration } from './config/watch.ts';
import { active, isContext, runWith } from './context/active.ts';
import { attempt, isObject } from './context/guard.ts';
import { extractHeaders, injectHeaders } from './context/propagation.ts';
import { messageOf } from './errors.ts';
import { holdProcess, installExitHooks } from './exit.ts';
import { registerGlobals } from './globals.ts';
import type { Ledger } from './ledger.ts';
import type { Logging } from './logging/logging.ts';
import type { Routes } from './metrics/exposition.ts';
import { createParts, type Parts } from './parts.ts';
import type { ObsRecord, RecordListener, SpendDecision, SpendRequest } from './record.ts';

const defaultTimeoutMs = 3000;
/** What a timer of Node can hold. */
const maximumTimeoutMs = 2 ** 31 - 1;

/** Options that can be read whatever the environment holds. */
const readable: ObsOptions = { configPath: false, env: {} };

/** One instance between two shutdowns: its parts, and what `start` has opened. */
interface Life {
  readonly parts: Parts;
  resolved: ResolvedConfiguration;
  started: Promise<Started> | undefined;
  ended: Promise<readonly Failure[]> | undefined;
  readonly close: (() => void)[];
}

/** Nothing happens before the first use: construction only keeps the options. */
class Instance implements Obs {
  readonly #options: ObsOptions;
  readonly #listeners = new Set<RecordListener>();
  readonly #agent: Agent = createAgent(() => this.#current().parts.host);
  #life: Life | undefined;
  /** Of `#life`, at hand: this getter is on the path of every record. */
  #metrics: AgentMetrics | undefined;

  constructor(options: ObsOptions) {
    this.#options = isObject(options) ? options : {};
  }

  get metrics(): AgentMetrics {
    return this.#metrics ?? this.#current().parts.metrics.api;
  }

  get tracer(): AgentTracer {
    return this.#current().parts.tracing.tracer;
  }

  get logger(): Logger {
    return this.#current().parts.logging.logger;
  }

  get config(): ResolvedConfiguration {
    return this.#current().resolved;
  }

  start(): Promise<Started> {
    const previous = this.#life?.ended;
    const life = previous === undefined ? this.#current() : this.#begin();
    life.started ??= this.#open(life, previous);
    return life.started;
  }

  async flush(deadline?: Deadline): Promise<readonly Failure[]> {
    const timeoutMs = timeoutOf(deadline);
    if (!this.#life || this.#life.ended) return [];
    const { metrics, tracing, logging, ledger } = this.#life.parts;
    const flushing = (): Promise<readonly Failure[]> =>
      gather([
        tracing.flush(timeoutMs),
        metrics.flush(timeoutMs),
        flushLogs(logging, timeoutMs),
        ...(ledger ? [ledger.flush(timeoutMs)] : []),
      ]);
    return holdProcess(flushing, timeoutMs);
  }

  shutdown(deadline?: Deadline): Promise<readonly Failure[]> {
    const life = this.#life;
    if (!life) return Promise.resolve([]);
    const timeoutMs = timeoutOf(deadline);
    life.ended ??= holdProcess(() => close(life, timeoutMs), timeoutMs);
    return life.ended;
  }

  solveTask<Result>(task: Task, fn: (call: Call) => Result): Result {
    return this.#agent.solveTask(task, fn);
  }

  iteration<Result>(iteration: number, fn: (call: Call) => Result): Result {
    return this.#agent.iteration(iteration, fn);
  }

  generate<Result>(generation: Generation, fn: (call: LlmCall) => Result): Result {
    return this.#agent.generate(generation, fn);
  }

  executeTool<Result>(tool: ToolCall<Awaited<Result>>, fn: (call: Call) => Result): Result {
    return this.#agent.executeTool(tool, fn);
  }

  observeClient<Client extends object>(client: Client): Client {
    return this.#agent.observeClient(client);
  }

  observeTools<Tools extends object>(tools: Tools): Tools {
    return this.#agent.observeTools(tools);
  }

  withSession<Result>(sessionId: string, fn: () => Result): Result {
    return this.#agent.withSession(sessionId, fn);
  }

  async authorize(request: SpendRequest): Promise<SpendDecision> {
    const life = this.#life ?? this.#begin();
    if (life.parts.ledger === undefined || life.ended) return { allowed: true, reason: 'there is no cost ledger' };
    return await life.parts.ledger.authorize(request);
  }

  observe(listener: RecordListener): () => void {
    const once: RecordListener = (record) => listener(record);
    this.#listeners.add(once);
    this.#listen();
    return () => {
      this.#listeners.delete(once);
      this.#listen();
    };
  }

  inject<Headers extends Record<string, string>>(headers: Headers): Headers {
    return attempt(() => injectHeaders(active(), headers)) ?? headers;
  }

  extract(headers: Readonly<Record<string, string | readonly string[] | undefined>>): Context {
    return attempt(() => extractHeaders(active(), headers)) ?? active();
  }

  runWith<Result>(context: Context, fn: () => Result): Result {
    const run = typeof fn === 'function' ? fn : () => fn;
    return isContext(context) ? runWith(context, run) : run();
  }

  #current(): Life {
    return this.#life ?? this.#begin();
  }

  /** Resolves the configuration, once, and builds the parts on it: cells count, spans and lines wait. */
  #begin(): Life {
    let life: Life;
    try {
      life = this.#build(this.#options, resolveConfiguration(this.#options));
    } catch (error) {
      const message = `The options of this instance cannot be read, so defaults are used: ${messageOf(error)}`;
      const problems: ResolvedConfiguration['problems'] = [{ severity: 'error', message }];
      life = this.#build(readable, { ...resolveConfiguration(readable), problems });
    }
    this.#life = life;
    this.#metrics = life.parts.metrics.api;
    this.#listen();
    report(life, life.resolved.problems);
    if (!isSupported(process.versions.node)) life.parts.logging.logger.warn(unsupported);
    return life;
  }

  #build(options: ObsOptions, resolved: ResolvedConfiguration): Life {
    const parts: Parts = createParts({
      resolved,
      options,
      tell: (record) => this.#tell(record),
      active: () => life.ended === undefined,
    });
    const life: Life = { parts, resolved, started: undefined, ended: undefined, close: [] };
    return life;
  }

  async #open(life: Life, previous: Promise<unknown> | undefined): Promise<Started> {
    const { parts, resolved } = life;
    const warn = (message: string): void => parts.logging.logger.warn(message);
    // The life before this one gives back its port and the globals.
    if (previous !== undefined) await previous;
    try {
      if (this.#options.registerGlobals) life.close.push(registerGlobals(parts, warn));
      const finish = (): Promise<unknown> => this.shutdown();
      const { signals } = this.#options;
      life.close.push(installExitHooks({ finish, signals: Array.isArray(signals) ? signals : [] }));
      life.close.push(watchConfiguration(resolved, (change) => follow(life, change)));
    } catch (error) {
      warn(`Observability started in part: ${messageOf(error)}`);
    }
    parts.tracing.start();
    const { url } = await parts.metrics.start(routesOf(parts));
    const { metrics, tracing } = resolved.values;
    parts.logging.announce(
      { metrics: metrics.enabled ? (url ?? metrics.exporter) : false, tracing: tracing.enabled && tracing.exporter },
      'observability started',
    );
    return { metricsUrl: url };
  }

  /** Direct recordings make a record only while somebody listens, or a ledger takes what they cost. */
  #listen(): void {
    const life = this.#life;
    if (!life) return;
    const { ledger, metrics } = life.parts;
    const isHeard = this.#listeners.size > 0 || ledger !== undefined;
    metrics.setListener(
      isHeard
        ? (record) => {
            // Its span is the one around it, which may hold several calls.
            ledger?.accept({ ...record, spanId: undefined });
            this.#tell(record);
          }
        : undefined,
    );
  }

  #tell(record: ObsRecord): void {
    const failed = (): void => this.#life?.parts.metrics.self.dropped('records', 'listener_error');
    for (const listener of this.#listeners) {
      try {
        const result: unknown = listener(record);
        // A rejection that nobody handles would end the program.
        if (result instanceof Promise) result.catch(failed);
      } catch {
        failed();
      }
    }
  }
}

async function close(life: Life, timeoutMs: number): Promise<readonly Failure[]> {
  const end = performance.now() + timeoutMs;
  const left = (): number => Math.max(50, Math.ceil(end - performance.now()));
  // Whoever shuts down in the middle of a start waits for it, within the same time.
  await Promise.race([life.started, sleep(timeoutMs, undefined, { ref: false })]);
  for (const release of life.close.splice(0)) release();
  const { metrics, tracing, logging, ledger } = life.parts;
  const ending = [tracing.shutdown(left()), metrics.shutdown(left())];
  if (ledger) ending.push(closeLedger(ledger, left()));
  const failures = await gather(ending);
  return [...failures, ...logsFailure(await logging.shutdown(left()), timeoutMs)];
}

/** A sink of somebody else's may hang. */
function closeLedger(ledger: Ledger, timeoutMs: number): Promise<readonly Failure[]> {
  const late: readonly Failure[] = [{ part: 'ledger', message: `not closed within ${timeoutMs} ms` }];
  return Promise.race([ledger.close(timeoutMs), sleep(timeoutMs + 50, late, { ref: false })]);
}

function timeoutOf(deadline: Deadline | null | undefined): number {
  const timeoutMs = attempt(() => deadline?.timeoutMs);
  return typeof timeoutMs === 'number' && timeoutMs >= 0 ? Math.min(timeoutMs, maximumTimeoutMs) : defaultTimeoutMs;
}

const unsupported = `@alex/obs is made for Node 22.18 and newer; this is ${process.version}. It may work, but is not tested there.`;

function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 18);
}

/** The keys that follow the file, applied. */
function follow(life: Life, { configuration, changed, problems }: ConfigurationChange): void {
  life.resolved = configuration;
  const { logging, tracing } = life.parts;
  const { values } = configuration;
  if (changed.includes('logging.level')) logging.setLevel(values.logging.level);
  if (changed.includes('logging.format')) logging.setFormat(values.logging.format);
  if (changed.includes('tracing.sample_rate')) tracing.setSampleRate(values.tracing.sample_rate);
  report(life, problems);
  if (changed.length > 0) logging.logger.info({ changed }, 'configuration changed');
}

function report({ parts }: Life, problems: ResolvedConfiguration['problems']): void {
  for (const { severity, message } of problems) {
    if (severity === 'error') parts.logging.logger.error(message);
    else parts.logging.logger.warn(message);
  }
}

async function flushLogs(logging: Logging, timeoutMs: number): Promise<readonly Failure[]> {
  return logsFailure(await logging.flush(timeoutMs), timeoutMs);
}

function logsFailure(done: boolean, timeoutMs: number): readonly Failure[] {
  return done ? [] : [{ part: 'logs', message: `log lines were not written within ${timeoutMs} ms` }];
}

/** What is served beside the metrics. */
function routesOf({ sessions }: Parts): Routes {
  return {
    '/sessions': (_request, response) => {
      response.setHeader('content-type', 'application/json; charset=utf-8');
      response.end(JSON.stringify(sessions.snapshot()));
    },
  };
}

async function gather(all: readonly Promise<readonly Failure[]>[]): Promise<readonly Failure[]> {
  return (await Promise.all(all)).flat();
}

/** An independent instance: for tests, or several agents in one process. Registers no globals unless told to. */
export function createObs(options: ObsOptions = {}): Obs {
  return new Instance(options);
}

/** The instance of this process. Reads `~/.alex/config.yaml` at its first use. */
export const obs: Obs = new Instance({ registerGlobals: true });
