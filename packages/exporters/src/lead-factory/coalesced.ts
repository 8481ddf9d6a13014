/** Work that callers share: who asks while it runs gets the next run, so that nobody sees a state of before the call. */
export class Coalesced<Result> {
  readonly #work: () => Promise<Result>;
  #running: Promise<unknown> | undefined;
  #next: Promise<Result> | undefined;

  constructor(work: () => Promise<Result>) {
    this.#work = work;
  }

  run(): Promise<Result> {
    if (this.#next !== undefined) return this.#next;
    if (this.#running === undefined) return this.#start();
    const next = this.#running.then(() => {
      this.#next = undefined;
      return this.#start();
    });
    this.#next = next;
    return next;
  }

  #start(): Promise<Result> {
    const result = this.#work();
    const done: Promise<unknown> = result.then(
      () => this.#end(done),
      () => this.#end(done),
    );
    this.#running = done;
    return result;
  }

  #end(done: Promise<unknown>): void {
    if (this.#running === done) this.#running = undefined;
  }
}
