/** What the writers of binary formats share: a buffer that grows and is used again. */
export abstract class GrowingWriter {
  protected buffer: Buffer;
  protected position = 0;

  /** `capacity` in bytes is where the buffer starts; it doubles as needed. */
  constructor(capacity: number) {
    this.buffer = Buffer.allocUnsafeSlow(capacity);
  }

  /** What was written, as bytes of its own; the writer starts again. */
  finish(): Uint8Array {
    const message = new Uint8Array(this.position);
    message.set(this.buffer.subarray(0, this.position));
    this.position = 0;
    return message;
  }

  /** Forgets what was written, for instance before the next message when one could not be finished. */
  reset(): void {
    this.position = 0;
  }

  protected ensure(bytes: number): void {
    const needed = this.position + bytes;
    if (needed <= this.buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(grown, 0, 0, this.position);
    this.buffer = grown;
  }
}
