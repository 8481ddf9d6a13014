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

/** The module of the thread: beside this one in the sources, and where the package exports it once it is bundled. */
function sinkWorker(): string {
  if (import.meta.url.endsWith('.ts')) return new URL('./sink-worker.ts', import.meta.url).href;
  return import.meta.resolve('@alex/exporters/lead-factory/sink-worker');
}

/** Hands costs to a worker thread that writes them. The process stays alive only while something is being written. */
export class WorkerSink {
  readonly #data: SinkWorkerData;
  readonly #maximumWaiting: number;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #starting: Promise<void> | undefined;
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

  /** Ends the worker after everything that was handed over. */
  async close(): Promise<void> {
    if (this.#worker === undefined) return;
    const closed = this.#ask({ kind: 'close' });
    // Its end is no loss from here on, and a later request starts another one.
    await closed;
    this.#worker = undefined;
  }

  #startOnce(): Promise<void> {
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async #start(): Promise<void> {
    // Plain JavaScript, because `sinkWorker` may be TypeScript that only an import strips.
    const worker = new Worker(`import(${JSON.stringify(sinkWorker())}).then((module) => module.runSinkWorker())`, {
      eval: true,
      workerData: this.#data,
      stdin: false,
    });
    this.#worker = worker;
    worker.on('message', (reply: SinkReply) => this.#settle(reply));
    worker.on('error', (error) => this.#lose(worker, error.message));
    worker.on('exit', () => this.#lose(worker, 'its thread has ended'));
    await this.#wait(0);
  }

  /** A worker that died is started again by the next request. */
  async #ask(command: SinkCommand): Promise<SinkReply> {
    if (this.#waiting.size >= this.#maximumWaiting) {
      throw new LedgerError('store_unavailable', `The cost ledger is too slow: ${this.#maximumWaiting} entries wait`);
    }
    if (this.#worker === undefined || this.#starting !== undefined) await this.#startOnce();
    const id = ++this.#lastId;
    const reply = this.#wait(id);
    this.#worker?.postMessage({ ...command, id });
    return await reply;
  }

  #wait(id: number): Promise<SinkReply> {
    this.#worker?.ref();
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #settle(reply: SinkReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) this.#worker?.unref();
    if (reply.error === undefined) waiting?.resolve(reply);
    else waiting?.reject(new LedgerError(reply.error.code, reply.error.message));
  }

  #lose(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    for (const [id, { reject }] of [...this.#waiting]) {
      this.#waiting.delete(id);
      reject(new LedgerError('store_unavailable', `The cost ledger stopped working: ${reason}`));
    }
  }
}
