import type { Attributes, BatchObservableCallback, Observable } from '@opentelemetry/api';
import { CellObservable, type Observation } from './instruments.ts';

interface Batch {
  readonly callback: BatchObservableCallback;
  readonly observables: ReadonlySet<Observable>;
}

export interface ObserverOptions {
  /** How long asynchronous callbacks of one round may take, milliseconds. */
  readonly deadlineMs: number;
  /** A callback that threw, rejected or was late; its observations of the round are lost. */
  readonly failed: () => void;
}

type Round = Map<CellObservable, Observation[]>;

/** Attributes are read at once: what the callback does to the object later changes nothing. */
function copy(attributes: Attributes | undefined): Attributes | undefined {
  return attributes === undefined || attributes === null ? undefined : { ...attributes };
}

/** Runs the callbacks of observable instruments, one round at a time, and writes what they observed all at once. */
export class Observer {
  private readonly options: ObserverOptions;
  private readonly observables: Set<CellObservable> = new Set();
  private batches: Batch[] = [];
  private running: Promise<void> | undefined;

  constructor(options: ObserverOptions) {
    this.options = options;
  }

  add(observable: CellObservable): void {
    this.observables.add(observable);
  }

  addBatch(callback: BatchObservableCallback, observables: readonly Observable[]): void {
    if (typeof callback !== 'function' || !Array.isArray(observables)) return;
    this.batches.push({ callback, observables: new Set(observables) });
  }

  removeBatch(callback: BatchObservableCallback, observables: readonly Observable[]): void {
    if (!Array.isArray(observables)) return;
    this.batches = this.batches.filter(
      (batch) =>
        batch.callback !== callback ||
        batch.observables.size !== new Set(observables).size ||
        !observables.every((one) => batch.observables.has(one)),
    );
  }

  /** Brings the observed series up to date. Rounds that are asked for while one runs are that one. Never rejects. */
  observe(): Promise<void> {
    if (this.observables.size === 0) return Promise.resolve();
    this.running ??= this.round().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async round(): Promise<void> {
    const round: Round = new Map();
    const pending: Promise<void>[] = [];
    for (const observable of this.observables) {
      for (const callback of observable.callbacks) {
        pending.push(
          this.run(round, new Set([observable]), (take) => callback({ observe: (v, a) => take(observable, v, a) })),
        );
      }
    }
    for (const { callback, observables } of this.batches)
      pending.push(this.run(round, observables, (take) => callback({ observe: take })));
    await Promise.all(pending);
    for (const observable of this.observables) {
      if (observable.callbacks.size > 0 || round.has(observable)) observable.family.write(round.get(observable) ?? []);
    }
  }

  /** One callback, within the deadline; what it observed counts only if it ended well. */
  private async run(
    round: Round,
    allowed: ReadonlySet<Observable>,
    call: (take: (observable: Observable, value: number, attributes?: Attributes) => void) => unknown,
  ): Promise<void> {
    const taken: [CellObservable, Observation][] = [];
    const take = (observable: Observable, value: number, attributes?: Attributes): void => {
      if (observable instanceof CellObservable && allowed.has(observable)) {
        taken.push([observable, { value, attributes: copy(attributes) }]);
      }
    };
    let timer: NodeJS.Timeout | undefined;
    try {
      const result = call(take);
      if (typeof result === 'object' && result !== null) {
        const late = new Promise<never>((_, reject) => {
          timer = setTimeout(() => reject(new Error('late')), this.options.deadlineMs).unref();
        });
        await Promise.race([result, late]);
      }
      for (const [observable, observation] of taken.splice(0)) {
        const observations = round.get(observable);
        if (observations === undefined) round.set(observable, [observation]);
        else observations.push(observation);
      }
    } catch {
      this.options.failed();
    } finally {
      clearTimeout(timer);
    }
  }
}
