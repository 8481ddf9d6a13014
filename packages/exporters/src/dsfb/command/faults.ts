const shownFaults = 5;

/** Reports what was wrong with input: the first few in full, and then how many. */
export class FaultReport {
  readonly #path: string;
  readonly #note: (line: string) => void;
  count = 0;

  constructor(path: string, note: (line: string) => void) {
    this.#path = path === '-' ? 'stdin' : path;
    this.#note = note;
  }

  add(line: number, message: string): void {
    this.count++;
    if (this.count <= shownFaults) this.#note(`${this.#path}:${line}: ${message}`);
  }

  /** Says how many were not shown. */
  end(): void {
    if (this.count > shownFaults)
      this.#note(`${this.#path}: ${this.count - shownFaults} more records could not be used`);
  }
}
