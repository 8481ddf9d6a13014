import type { DynamicInstrument } from './instrument.ts';
import { boundedText, intern, labelText, maxLabelValueLength } from './label-value.ts';
import { type FamilyContext, LiveFamily, type SeriesFactory } from './live-family.ts';
import type { LiveSeries } from './live-series.ts';

type Attributes = Readonly<Record<string, unknown>>;

interface PathNode<Cell> {
  cell: Cell | undefined;
  readonly next: Map<unknown, Map<unknown, PathNode<Cell>>>;
}

const noAttributes: Attributes = Object.freeze({});

/**
 * A family whose label names come with each record. Attribute sets that were seen before are found along a path of
 * their keys and values, without a sort or a string; each order of keys is a path of its own to the same cell.
 */
export class DynamicFamily<Cell extends LiveSeries<unknown>>
  extends LiveFamily<Cell>
  implements DynamicInstrument<Cell>
{
  readonly #translate: (name: string) => string;
  readonly #maxPaths: number;
  readonly #cells = new Map<string, Cell>();
  #root: PathNode<Cell> = newNode();
  #paths = 0;

  constructor(context: FamilyContext, translate: (name: string) => string, create: SeriesFactory<Cell>) {
    super(context, create);
    this.#translate = translate;
    this.#maxPaths = 4 * context.maxSeries;
  }

  labels(attributes: Attributes = noAttributes): Cell {
    try {
      return this.#walk(attributes) ?? this.#find(attributes);
    } catch {
      this.drops.count('invalid_attribute', this.name);
      return this.detachedSeries({ names: [], values: [] });
    }
  }

  remove(attributes: Attributes): boolean {
    const key = keyOf(this.#entries(attributes));
    const cell = this.#cells.get(key);
    if (cell === undefined) {
      return false;
    }
    this.#cells.delete(key);
    this.#forgetPaths();
    this.removeSeries(cell);
    return true;
  }

  clear(): void {
    this.#cells.clear();
    this.#forgetPaths();
    this.removeAllSeries();
  }

  #walk(attributes: Attributes): Cell | undefined {
    let node: PathNode<Cell> | undefined = this.#root;
    for (const key in attributes) {
      node = node.next.get(key)?.get(attributes[key]);
      if (node === undefined) {
        return undefined;
      }
    }
    return node.cell;
  }

  #find(attributes: Attributes): Cell {
    const entries = this.#entries(attributes);
    const key = keyOf(entries);
    const cell = this.#cells.get(key) ?? this.#add(key, entries);
    if (cell !== undefined) {
      this.#remember(attributes, cell);
    }
    return cell ?? this.overflowSeries();
  }

  #add(key: string, entries: readonly (readonly [string, string])[]): Cell | undefined {
    if (this.isFull) {
      return undefined;
    }
    const cell = this.addSeries({
      names: entries.map(([name]) => intern(name)),
      values: entries.map(([, value]) => intern(value)),
    });
    this.#cells.set(key, cell);
    return cell;
  }

  /** Keeps the path of an attribute set, if all of it is small and the number of paths is. */
  #remember(attributes: Attributes, cell: Cell): void {
    const pairs = Object.entries(attributes);
    if (this.#paths >= this.#maxPaths || !pairs.every(([, value]) => isPathValue(value))) {
      return;
    }
    this.#paths++;
    let node = this.#root;
    for (const [name, value] of pairs) {
      const key = typeof value === 'string' ? intern(value) : value;
      let byValue = node.next.get(name);
      if (byValue === undefined) {
        node.next.set(intern(name), (byValue = new Map()));
      }
      let next = byValue.get(key);
      if (next === undefined) {
        byValue.set(key, (next = newNode()));
      }
      node = next;
    }
    node.cell = cell;
  }

  /** Translated names with the text of their values, sorted; names that become equal share their values, as Prometheus does. */
  #entries(attributes: Attributes): readonly (readonly [string, string])[] {
    const texts = new Map<string, string>();
    for (const name of Object.keys(attributes).sort()) {
      const value = attributes[name];
      const text = labelText(value) ?? this.#jsonText(value);
      const wireName = this.#wireName(boundedText(name));
      if (text !== '' && wireName !== '') {
        const before = texts.get(wireName);
        texts.set(wireName, before === undefined ? text : boundedText(`${before};${text}`));
      }
    }
    return [...texts].sort(([left], [right]) => (left < right ? -1 : 1));
  }

  /** Names that Prometheus keeps for itself get a prefix, so that no attribute can break the exposition. */
  #wireName(name: string): string {
    const wireName = boundedText(this.#translate(name));
    return wireName.startsWith('__') || (wireName === 'le' && this.type === 'histogram') ? `key_${wireName}` : wireName;
  }

  /** Arrays of the OpenTelemetry attribute kind are JSON; anything else is dropped. */
  #jsonText(value: unknown): string {
    if (Array.isArray(value) && value.length <= 64) {
      return boundedText(JSON.stringify(value.map((item) => labelText(item) ?? null)));
    }
    this.drops.count('invalid_attribute', this.name);
    return '';
  }

  #forgetPaths(): void {
    this.#root = newNode();
    this.#paths = 0;
  }
}

function newNode<Cell>(): PathNode<Cell> {
  return { cell: undefined, next: new Map() };
}

function keyOf(entries: readonly (readonly [string, string])[]): string {
  return JSON.stringify(entries);
}

function isPathValue(value: unknown): boolean {
  return typeof value === 'string'
    ? value.length <= maxLabelValueLength
    : typeof value === 'number' || typeof value === 'boolean';
}
