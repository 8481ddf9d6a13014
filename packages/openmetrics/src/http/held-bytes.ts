/** Counts the bytes of bodies that are being sent; one that several clients receive counts once. */
export class HeldBytes {
  bytes = 0;
  readonly #holders = new Map<{ readonly bytes: number }, number>();

  /** Counts `body` until the returned function is called. */
  hold(body: { readonly bytes: number }): () => void {
    const holders = this.#holders.get(body) ?? 0;
    if (holders === 0) this.bytes += body.bytes;
    this.#holders.set(body, holders + 1);
    return () => {
      const left = (this.#holders.get(body) ?? 1) - 1;
      if (left > 0) {
        this.#holders.set(body, left);
        return;
      }
      this.#holders.delete(body);
      this.bytes -= body.bytes;
    };
  }
}
