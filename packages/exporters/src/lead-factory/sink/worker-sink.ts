import { Worker } from 'node:worker_threads';
import type { SpendDecision, SpendRequest } from '../cost-ledger.ts';
import type { CostEntry } from '../entry.ts';
import { LedgerError } from '../errors.ts';
import type { SinkCommand, SinkReply, SinkWorkerData } from './messages.ts';

/** Requests that may wait for the worker. */
const defaultMaximumWaiting = 1000;

interface Waiting {
  readonly resolve: (reply: SinkReply) => void;
  readonly reject: (error: Error) => void;
}

/** A worker, and what it was asked and has not answered. */
interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting>;
}

/** The module of the thread: beside this one in the sources, and where the package exports it once it is bundled. */
function sinkWorker(): string {
  if (import.meta.url.endsWith('.ts')) return new URL('./sink-worker.ts', import.meta.url).href;
  return import.meta.resolve('@alex/exporters/lead-factory/sink-worker');
}

/** Hands costs to a worker thread that writes them. The process stays alive only while something is being written. */
export class WorkerSink {
  readonly #data: SinkWorkerData;
  readonly #maximumWaiting: number;
  #thread: Thread | undefined;
  #starting: Promise<Thread> | undefined;
  #lastId = 0;

  private constructor(data: SinkWorkerData, maximumWaiting: number) {
    this.#data = data;
    this.#maximumWaiting = maximumWaiting;
  }

  /** Starts the worker. Rejects with LedgerError when the ledger cannot be opened. */
  static async open(data: SinkWorkerData, maximumWaiting: number = defaultMaximumWaiting): Promise<WorkerSink> {
    const sink = new WorkerSink(data, maximumWaiting);
    await sink.#startOnce();
    return sink;
  }

  /** Resolves when the entry is durable. Rejects when it is not taken, also when too many wait. */
  async append(entry: CostEntry): Promise<void> {
    await this.#ask({ kind: 'append', entry });
  }

  async authorize(request: SpendRequest): Promise<SpendDecision> {
    const { decision } = await this.#ask({ kind: 'authorize', request });
    return decision!;
  }

  /** Ends the worker after everything that was handed over. A later request starts another one. */
  async close(): Promise<void> {
    if (this.#starting !== undefined) await this.#starting.catch(() => undefined);
    const thread = this.#thread;
    if (thread === undefined) return;
    this.#thread = undefined;
    await this.#post(thread, { kind: 'close' });
  }

  #startOnce(): Promise<Thread> {
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async #start(): Promise<Thread> {
    // Plain JavaScript, because `sinkWorker` may be TypeScript that only an import strips.
    const worker = new Worker(`import(${JSON.stringify(sinkWorker())}).then((module) => module.runSinkWorker())`, {
      eval: true,
      workerData: this.#data,
      stdin: false,
    });
    const thread: Thread = { worker, waiting: new Map() };
    this.#thread = thread;
    worker.on('message', (reply: SinkReply) => settle(thread, reply));
    worker.on('error', (error) => this.#lose(thread, error.message));
    worker.on('exit', () => this.#lose(thread, 'its thread has ended'));
    await wait(thread, 0);
    return thread;
  }

  /** A worker that died is started again by the next request. */
  async #ask(command: SinkCommand): Promise<SinkReply> {
    if ((this.#thread?.waiting.size ?? 0) >= this.#maximumWaiting) {
      throw new LedgerError('store_unavailable', `The cost ledger is too slow: ${this.#maximumWaiting} entries wait`);
    }
    const isUp = this.#thread !== undefined && this.#starting === undefined;
    return await this.#post(isUp ? this.#thread! : await this.#startOnce(), command);
  }

  async #post(thread: Thread, command: SinkCommand): Promise<SinkReply> {
    const id = ++this.#lastId;
    const reply = wait(thread, id);
    thread.worker.postMessage({ ...command, id });
    return await reply;
  }

  #lose(thread: Thread, reason: string): void {
    if (this.#thread === thread) this.#thread = undefined;
    for (const [id, { reject }] of [...thread.waiting]) {
      thread.waiting.delete(id);
      reject(new LedgerError('store_unavailable', `The cost ledger stopped working: ${reason}`));
    }
  }
}

/** The process stays alive until the reply. */
function wait({ worker, waiting }: Thread, id: number): Promise<SinkReply> {
  worker.ref();
  return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
}

function settle({ worker, waiting }: Thread, reply: SinkReply): void {
  const { resolve, reject } = waiting.get(reply.id) ?? {};
  waiting.delete(reply.id);
  if (waiting.size === 0) worker.unref();
  if (reply.error === undefined) resolve?.(reply);
  else reject?.(new LedgerError(reply.error.code, reply.error.message));
}
