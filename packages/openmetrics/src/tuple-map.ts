type Node<Value> = Map<unknown, Node<Value> | Leaf<Value>>;

/** A map from tuples of a fixed length to values: nested maps, so that a look-up builds no key and allocates nothing. */
export class TupleMap<Value> {
  readonly depth: number;
  #root: Node<Value> = new Map();
  /** The only leaf of tuples with fewer than two elements. */
  #leaf: Leaf<Value> = new Leaf();

  constructor(depth: number) {
    this.depth = depth;
  }

  get(tuple: readonly unknown[]): Value | undefined {
    const { depth } = this;
    if (depth === 2) {
      return (this.#root.get(tuple[0]) as Leaf<Value> | undefined)?.get(tuple[1]);
    }
    if (depth < 2) {
      return this.#leaf.get(depth === 0 ? undefined : tuple[0]);
    }
    let node: Node<Value> | undefined = this.#root;
    for (let level = 0; level < depth - 2 && node !== undefined; level++) {
      node = node.get(tuple[level]) as Node<Value> | undefined;
    }
    return (node?.get(tuple[depth - 2]) as Leaf<Value> | undefined)?.get(tuple[depth - 1]);
  }

  set(tuple: readonly unknown[], value: Value): void {
    let node = this.#root;
    for (let level = 0; level < this.depth - 2; level++) {
      let next = node.get(tuple[level]) as Node<Value> | undefined;
      if (next === undefined) {
        next = new Map();
        node.set(tuple[level], next);
      }
      node = next;
    }
    let leaf = this.#leaf;
    if (this.depth > 1) {
      const known = node.get(tuple[this.depth - 2]) as Leaf<Value> | undefined;
      leaf = known ?? new Leaf();
      node.set(tuple[this.depth - 2], leaf);
    }
    leaf.set(tuple[this.depth - 1], value);
  }

  delete(tuple: readonly unknown[]): void {
    if (this.depth < 2) {
      this.#leaf.delete(this.depth === 0 ? undefined : tuple[0]);
    } else {
      deleteBelow(this.#root, tuple, 0);
    }
  }

  clear(): void {
    this.#leaf = new Leaf();
    this.#root = new Map();
  }
}

/** The last level: two entries at hand, because many tuples end in a status that has few values, and a map for more. */
class Leaf<Value> {
  #firstKey: unknown = undefined;
  #firstValue: Value | undefined = undefined;
  #secondKey: unknown = undefined;
  #secondValue: Value | undefined = undefined;
  #more: Map<unknown, Value> | undefined = undefined;

  get isEmpty(): boolean {
    return this.#firstValue === undefined && this.#secondValue === undefined && (this.#more?.size ?? 0) === 0;
  }

  get(key: unknown): Value | undefined {
    if (key === this.#firstKey && this.#firstValue !== undefined) {
      return this.#firstValue;
    }
    if (key === this.#secondKey && this.#secondValue !== undefined) {
      return this.#secondValue;
    }
    return this.#more?.get(key);
  }

  set(key: unknown, value: Value): void {
    if (this.#firstValue === undefined || key === this.#firstKey) {
      this.#firstKey = key;
      this.#firstValue = value;
    } else if (this.#secondValue === undefined || key === this.#secondKey) {
      this.#secondKey = key;
      this.#secondValue = value;
    } else {
      this.#more ??= new Map();
      this.#more.set(key, value);
    }
  }

  delete(key: unknown): void {
    if (key === this.#firstKey) {
      this.#firstKey = undefined;
      this.#firstValue = undefined;
    } else if (key === this.#secondKey) {
      this.#secondKey = undefined;
      this.#secondValue = undefined;
    } else {
      this.#more?.delete(key);
    }
  }
}

function deleteBelow<Value>(node: Node<Value>, tuple: readonly unknown[], level: number): void {
  const next = node.get(tuple[level]);
  if (next instanceof Leaf) {
    next.delete(tuple[level + 1]);
    if (next.isEmpty) {
      node.delete(tuple[level]);
    }
  } else if (next !== undefined) {
    deleteBelow(next, tuple, level + 1);
    if (next.size === 0) {
      node.delete(tuple[level]);
    }
  }
}
