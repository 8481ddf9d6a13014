type Node = Map<unknown, unknown>;

/** A map from tuples of a fixed length to values: nested maps, so that a look-up builds no key. */
export class TupleMap<Value> {
  readonly depth: number;
  #root: Node = new Map();
  #only: Value | undefined = undefined;

  constructor(depth: number) {
    this.depth = depth;
  }

  get(tuple: readonly unknown[]): Value | undefined {
    const { depth } = this;
    if (depth === 2) {
      return (this.#root.get(tuple[0]) as Node | undefined)?.get(tuple[1]) as Value | undefined;
    }
    if (depth === 1) {
      return this.#root.get(tuple[0]) as Value | undefined;
    }
    if (depth === 0) {
      return this.#only;
    }
    let node: Node | undefined = this.#root;
    for (let level = 0; level < depth - 1; level++) {
      node = node.get(tuple[level]) as Node | undefined;
      if (node === undefined) {
        return undefined;
      }
    }
    return node.get(tuple[depth - 1]) as Value | undefined;
  }

  set(tuple: readonly unknown[], value: Value): void {
    if (this.depth === 0) {
      this.#only = value;
      return;
    }
    let node = this.#root;
    for (let level = 0; level < this.depth - 1; level++) {
      let next = node.get(tuple[level]) as Node | undefined;
      if (next === undefined) {
        next = new Map();
        node.set(tuple[level], next);
      }
      node = next;
    }
    node.set(tuple[this.depth - 1], value);
  }

  delete(tuple: readonly unknown[]): void {
    this.#only = undefined;
    if (this.depth > 0) {
      deleteBelow(this.#root, tuple, 0, this.depth - 1);
    }
  }

  clear(): void {
    this.#only = undefined;
    this.#root = new Map();
  }
}

function deleteBelow(node: Node, tuple: readonly unknown[], level: number, last: number): void {
  const key = tuple[level];
  if (level < last) {
    const next = node.get(key) as Node | undefined;
    if (next === undefined) {
      return;
    }
    deleteBelow(next, tuple, level + 1, last);
    if (next.size > 0) {
      return;
    }
  }
  node.delete(key);
}
