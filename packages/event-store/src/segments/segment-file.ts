import { type AsyncBuffer, type FileMetaData, parquetMetadata, parquetRead } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';

/** One event of a segment. */
export interface SegmentRow {
  readonly sequence: number;
  /** Unix milliseconds. */
  readonly timestamp: number;
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly tenantId: string;
  readonly entityId: string;
  readonly eventType: string;
  readonly version: number;
  readonly payload: Uint8Array;
  readonly metadata: Uint8Array;
}

/** Where the JSON of each row stands in the file, and the sequences of the rows. */
export interface SegmentPlaces {
  readonly sequence: Float64Array;
  readonly payloadAt: Uint32Array;
  readonly payloadBytes: Uint32Array;
  readonly metadataAt: Uint32Array;
  readonly metadataBytes: Uint32Array;
}

const groupRows = 10_000;
const groupBytes: number = 4 * 1024 * 1024;
const onePage: number = 2 ** 31 - 1;

const raw = { encoding: 'PLAIN', codec: 'UNCOMPRESSED', statistics: false } as const;
const required = { repetition_type: 'REQUIRED' } as const;
const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8', ...required } as const;

/**
 * Writes a segment as a Parquet file, group by group, so that the rows of one group only are in memory. `payload` and
 * `metadata` are plain and not compressed, one page for each group of rows, so that an event is read at its place without
 * decoding a page; the other columns are packed with Snappy.
 */
export class SegmentWriter {
  readonly #bytes = new ByteWriter();
  readonly #writer = new ParquetWriter({
    writer: this.#bytes,
    schema: [
      { name: 'event', num_children: 9 },
      { name: 'sequence', type: 'INT64', ...required },
      { name: 'timestamp', type: 'INT64', converted_type: 'TIMESTAMP_MILLIS', ...required },
      { name: 'id', type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, logical_type: { type: 'UUID' }, ...required },
      { name: 'tenant_id', ...text },
      { name: 'entity_id', ...text },
      { name: 'event_type', ...text },
      { name: 'version', type: 'INT32', ...required },
      { name: 'payload', ...text },
      { name: 'metadata', ...text },
    ],
    createdBy: 'alex event-store',
  });
  #group: SegmentRow[] = [];
  #groupBytes = 0;

  add(row: SegmentRow): void {
    this.#group.push(row);
    this.#groupBytes += row.payload.length + row.metadata.length;
    if (this.#group.length === groupRows || this.#groupBytes >= groupBytes) this.#writeGroup();
  }

  /** The whole file; nothing may be added any more. */
  finish(): Uint8Array {
    if (this.#group.length > 0) this.#writeGroup();
    this.#writer.finish();
    return this.#bytes.getBytes();
  }

  #writeGroup(): void {
    const rows = this.#group;
    const column = <Value>(name: string, of: (row: SegmentRow) => Value, more: object = {}) => ({
      name,
      data: rows.map(of) as never,
      nullable: false,
      ...more,
    });
    void this.#writer.write({
      columnData: [
        column('sequence', ({ sequence }) => BigInt(sequence), { encoding: 'DELTA_BINARY_PACKED' }),
        column('timestamp', ({ timestamp }) => BigInt(timestamp), { encoding: 'DELTA_BINARY_PACKED' }),
        column('id', ({ id }) => id, raw),
        column('tenant_id', ({ tenantId }) => tenantId),
        column('entity_id', ({ entityId }) => entityId),
        column('event_type', ({ eventType }) => eventType),
        column('version', ({ version }) => version),
        column('payload', ({ payload }) => payload, raw),
        column('metadata', ({ metadata }) => metadata, raw),
      ],
      rowGroupSize: rows.length,
      pageSize: onePage,
    });
    this.#group = [];
    this.#groupBytes = 0;
  }
}

/** The JSON of one event of a segment, with its places in the file. */
export interface SegmentJson {
  readonly sequence: number;
  readonly payload: Uint8Array;
  readonly metadata: Uint8Array;
  readonly payloadAt: number;
  readonly metadataAt: number;
}

/** Reads all rows of a segment, group by group. Throws when the file is no Parquet or not one of ours. */
export async function decodeSegment(
  bytes: Uint8Array,
  visit: (row: SegmentRow, place: SegmentPlace) => void,
): Promise<void> {
  await readGroups(bytes, [...jsonColumns, ...nameColumns], (columns, index, json) => {
    const at = (name: string): never => columns[name]![index] as never;
    const row = {
      sequence: json.sequence,
      timestamp: at('timestamp'),
      id: at('id'),
      tenantId: at('tenant_id'),
      entityId: at('entity_id'),
      eventType: at('event_type'),
      version: at('version'),
      payload: json.payload,
      metadata: json.metadata,
    };
    visit(row, json);
  });
}

/** Reads the JSON of all rows of a segment, under the same conditions. */
export async function decodeSegmentJson(bytes: Uint8Array, visit: (json: SegmentJson) => void): Promise<void> {
  await readGroups(bytes, jsonColumns, (_columns, _index, json) => visit(json));
}

const jsonColumns: readonly string[] = ['sequence', 'payload', 'metadata'];
const nameColumns: readonly string[] = ['timestamp', 'id', 'tenant_id', 'entity_id', 'event_type', 'version'];

async function readGroups(
  bytes: Uint8Array,
  names: readonly string[],
  visit: (columns: Columns, index: number, json: SegmentJson) => void,
): Promise<void> {
  const buffer = bufferOf(bytes);
  const metadata = parquetMetadata(buffer, { geoparquet: false });
  const file: AsyncBuffer = {
    byteLength: buffer.byteLength,
    slice: async (start, end) => buffer.slice(start, end),
  };
  let first = 0;
  for (const [group, { num_rows }] of metadata.row_groups.entries()) {
    const end = first + Number(num_rows);
    const columns = await readGroup(file, metadata, { names, first, end });
    const payloads = columns['payload'] as Uint8Array[];
    const metadatas = columns['metadata'] as Uint8Array[];
    let payloadAt = firstValue(metadata, { group, column: 7, values: payloads });
    let metadataAt = firstValue(metadata, { group, column: 8, values: metadatas });
    for (let index = 0; index < end - first; index++) {
      const [payload, metadata] = [payloads[index]!, metadatas[index]!];
      payloadAt += 4;
      metadataAt += 4;
      const sequence = Number(columns['sequence']![index]);
      visit(columns, index, { sequence, payload, metadata, payloadAt, metadataAt });
      payloadAt += payload.length;
      metadataAt += metadata.length;
    }
    first = end;
  }
}

/** The bytes as a buffer of their own; a large file that was just read is one already. */
function bufferOf(bytes: Uint8Array): ArrayBuffer {
  if (bytes.byteLength === bytes.buffer.byteLength) return bytes.buffer as ArrayBuffer;
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}

/** Where the JSON of a row begins. */
export interface SegmentPlace {
  readonly payloadAt: number;
  readonly metadataAt: number;
}

type Columns = Record<string, ArrayLike<unknown>>;

async function readGroup(
  file: AsyncBuffer,
  metadata: FileMetaData,
  { names, first, end }: { readonly names: readonly string[]; readonly first: number; readonly end: number },
): Promise<Columns> {
  const found: Record<string, unknown[]> = {};
  const read = async (columns: string[], parsers: object): Promise<void> => {
    await parquetRead({
      file,
      metadata,
      columns,
      rowStart: first,
      rowEnd: end,
      parsers,
      onChunk: ({ columnName, columnData, rowStart }) => {
        const into = (found[columnName] ??= []);
        const skip = Math.max(0, first - rowStart);
        for (let index = skip; index < Math.min(columnData.length, end - rowStart); index++) {
          into.push(columnData[index]);
        }
      },
    });
  };
  const asBytes = (bytes: Uint8Array): Uint8Array => bytes;
  const isJson = (name: string): boolean => name === 'payload' || name === 'metadata';
  await read(names.filter(isJson), { stringFromBytes: asBytes });
  await read(
    names.filter((name) => !isJson(name)),
    { timestampFromMilliseconds: Number, uuidFromBytes: asBytes },
  );
  return found;
}

/** The offset of the first value in the only page of a column, whose values end with it. */
function firstValue(
  { row_groups }: FileMetaData,
  {
    group,
    column,
    values,
  }: { readonly group: number; readonly column: number; readonly values: readonly Uint8Array[] },
): number {
  const chunk = row_groups[group]!.columns[column]!.meta_data!;
  if (chunk.codec !== 'UNCOMPRESSED' || chunk.dictionary_page_offset !== undefined) {
    throw new Error('the payloads of a segment are packed, which no segment of this store has');
  }
  const end = Number(chunk.data_page_offset) + Number(chunk.total_compressed_size);
  return values.reduce((at, value) => at - 4 - value.length, end);
}
