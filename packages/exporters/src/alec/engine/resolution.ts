import type { Resolution } from './options.ts';

/** How many quanta `auto` gives to a standard deviation: a typical channel then carries about 7 bits. */
const quantaPerDeviation = 32;

/** The quantum δ of each channel, fixed or found from the first full window. */
export class Resolutions {
  readonly #declared: Resolution;
  /** By channel index, once it is settled. */
  readonly #settled: (number | undefined)[] = [];

  constructor(declared: Resolution) {
    this.#declared = declared;
  }

  /** δ of a channel whose standard deviation in the window is `deviation`; `settle` fixes what was automatic. */
  of(channel: number, id: string, window: { readonly deviation: number; readonly settle: boolean }): number {
    const settled = this.#settled[channel];
    if (settled !== undefined) return settled;
    const declared = this.#declaredFor(id);
    if (declared !== 'auto') {
      this.#settled[channel] = declared;
      return declared;
    }
    const found = window.deviation / quantaPerDeviation;
    if (!(found > 0)) return 1;
    if (window.settle) this.#settled[channel] = found;
    return found;
  }

  /** Forgets what was found. */
  clear(): void {
    this.#settled.length = 0;
  }

  #declaredFor(id: string): number | 'auto' {
    const declared = this.#declared;
    if (typeof declared !== 'object') return declared;
    return (Object.hasOwn(declared, id) ? declared[id] : undefined) ?? declared['*'] ?? 1;
  }
}
