import type { Status } from '../record.ts';

/** What a name is called that is no text, or empty. */
const unknownName = 'unknown';

/** Past the limit of names, further ones are counted together. */
const otherName = 'other';

const maximumNameLength = 256;

/** The statuses that every new name is declared with, so that `increase` sees the first error. */
export const usualStatuses: readonly Status[] = ['success', 'error', 'cancelled'];

export interface StatusCellsOptions<Cells> {
  /** Distinct names, before they become `other`. */
  readonly limit: number;
  readonly create: (name: string, status: Status) => Cells;
  /** Called once for each new name. */
  readonly declare: (name: string) => void;
  readonly dropped: (reason: 'invalid_name' | 'invalid_status') => void;
}

/** Cells by model or tool and by status: one look-up per record, and no allocation for a name that was seen before. */
export class StatusCells<Cells> {
  private readonly options: StatusCellsOptions<Cells>;
  private readonly names: Set<string> = new Set();
  private readonly success: Map<unknown, Cells> = new Map();
  private readonly error: Map<unknown, Cells> = new Map();
  private readonly cancelled: Map<unknown, Cells> = new Map();
  private readonly other: Map<unknown, Cells> = new Map();

  constructor(options: StatusCellsOptions<Cells>) {
    this.options = options;
  }

  /** Takes anything: a name that is no text counts as `unknown`, a status that is none as `other`. */
  get(name: unknown, status: unknown): Cells {
    const byName = status === 'success' ? this.success : status === 'error' ? this.error : undefined;
    return byName?.get(name) ?? this.find(name, status);
  }

  private find(name: unknown, status: unknown): Cells {
    const { create, declare, dropped } = this.options;
    if (typeof name !== 'string' || name === '') dropped('invalid_name');
    const label = this.labelOf(name);
    if (!this.names.has(label)) {
      this.names.add(label);
      declare(label);
    }
    const kind = this.statusOf(status);
    const byName = this[kind];
    let cells = byName.get(label);
    if (cells === undefined) byName.set(label, (cells = create(label, kind)));
    return cells;
  }

  /** The label value that a name has or would get; a copy that keeps no larger string alive. */
  labelOf(name: unknown): string {
    const usable = typeof name === 'string' && name !== '';
    const text = usable ? Buffer.from(name.slice(0, maximumNameLength)).toString() : unknownName;
    return this.names.has(text) || this.names.size < this.options.limit ? text : otherName;
  }

  /** One of the four; any other word is `other` and counted. */
  statusOf(status: unknown): Status {
    if (status === 'success' || status === 'error' || status === 'cancelled' || status === 'other') return status;
    this.options.dropped('invalid_status');
    return 'other';
  }
}
