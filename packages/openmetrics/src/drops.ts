/** Why a recording was not taken as it was given. The words are values of the label `reason` in `@alex/obs`. */
export type DropReason = 'invalid_value' | 'invalid_attribute' | 'series_limit' | 'listener_error';

/** Told of every drop; `family` is the name on the wire, empty for a callback at collect time. */
export type DropListener = (reason: DropReason, family: string) => void;

/** Counts drops of one registry by reason, and tells a listener that may throw without harm. */
export class Drops {
  readonly counts: Record<DropReason, number> = {
    invalid_value: 0,
    invalid_attribute: 0,
    series_limit: 0,
    listener_error: 0,
  };
  readonly #listener: DropListener | undefined;

  constructor(listener: DropListener | undefined) {
    this.#listener = listener;
  }

  count(reason: DropReason, family: string): void {
    this.counts[reason]++;
    if (this.#listener !== undefined) {
      try {
        this.#listener(reason, family);
      } catch {
        this.counts.listener_error++;
      }
    }
  }
}
