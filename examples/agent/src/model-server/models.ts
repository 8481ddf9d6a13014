/** A model that this server offers, under a name that price tables know. Times are of its real counterpart's order. */
export interface LocalModel {
  readonly id: string;
  /** Time to the first token with an empty prompt, milliseconds. */
  readonly firstTokenMs: number;
  /** Time per token, milliseconds. */
  readonly tokenMs: number;
  readonly reasons: boolean;
}

export const models: readonly LocalModel[] = [
  { id: 'gpt-4o-mini', firstTokenMs: 320, tokenMs: 11, reasons: false },
  { id: 'gpt-4o', firstTokenMs: 480, tokenMs: 17, reasons: false },
  { id: 'gpt-4.1-mini', firstTokenMs: 360, tokenMs: 12, reasons: false },
  { id: 'o4-mini', firstTokenMs: 420, tokenMs: 9, reasons: true },
];
