import { slack } from './byte-writer.ts';
import type { Label } from './model.ts';
import { isLegalLabelName } from './translation.ts';

const encoder = new TextEncoder();
const emptyView = new DataView(new ArrayBuffer(slack));

/** Bytes that are appended once and read many times: the label text of all series of one family. */
export class TextArena {
  view: DataView = emptyView;
  used = 0;
  #bytes: Uint8Array = new Uint8Array(0);

  /** Appends the UTF-8 form of a text and returns where it starts; it ends at `used`. */
  append(text: string): number {
    const start = this.used;
    const needed = start + text.length * 3 + slack;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(
        Math.max(256, needed, Math.min(this.#bytes.length * 2, this.#bytes.length + 1_048_576)),
      );
      grown.set(this.#bytes.subarray(0, start));
      this.#bytes = grown;
      this.view = new DataView(grown.buffer);
    }
    this.used = start + encoder.encodeInto(text, this.#bytes.subarray(start)).written;
    return start;
  }

  clear(): void {
    this.#bytes = new Uint8Array(0);
    this.view = emptyView;
    this.used = 0;
  }
}

/** Labels as they stand between braces; both text formats escape backslash, quote and newline alike. */
export function labelsText(labels: readonly Label[]): string {
  return labels.map(([name, value]) => `${labelNameText(name)}="${escapeLabelValue(value)}"`).join(',');
}

/** A label or metric name that is not legal by itself stands in quotes (Prometheus 3, UTF-8 names). */
export function labelNameText(name: string): string {
  return isLegalLabelName(name) ? name : `"${escapeLabelValue(name)}"`;
}

export function escapeLabelValue(value: string): string {
  return /[\\"\n]/.test(value) ? value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n') : value;
}
