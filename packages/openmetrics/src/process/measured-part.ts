/** Brings the values of some families up to date; `stop` ends what measures in between and removes the series. */
export interface MeasuredPart {
  collect(): void;
  stop(): void;
}
