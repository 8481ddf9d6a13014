const poolBytes = 2048;

/**
 * Random trace and span ids in lower-case hexadecimal, never all zeros. Cut from a pool of random text, which costs a
 * sixth of an id made by itself; not for secrets.
 */
export class IdGenerator {
  #pool = '';
  #position = 0;

  generateTraceId(): string {
    return this.#take(32);
  }

  generateSpanId(): string {
    return this.#take(16);
  }

  #take(length: number): string {
    if (this.#position + length > this.#pool.length) this.#fill();
    const id = this.#pool.slice(this.#position, (this.#position += length));
    return isZero(id) ? this.#take(length) : id;
  }

  #fill(): void {
    const bytes = Buffer.allocUnsafe(poolBytes);
    for (let at = 0; at < poolBytes; at += 4) bytes.writeUInt32LE(Math.floor(Math.random() * 2 ** 32), at);
    this.#pool = bytes.toString('hex');
    this.#position = 0;
  }
}

function isZero(id: string): boolean {
  return id.charCodeAt(0) === 48 && /^0+$/.test(id);
}
