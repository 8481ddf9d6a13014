import { ByteWriter } from './byte-writer.ts';
import type { Snapshot } from './model.ts';
import { type Dialect, type Pauses, renderFamily } from './render-family.ts';

/** `text-0.0.4` is the Prometheus text format, `openmetrics` OpenMetrics 1.0. */
export type RenderFormat = 'openmetrics' | 'text-0.0.4';

export interface RenderOptions {
  /** Whether OpenMetrics has `_created` lines; true by default. */
  readonly created?: boolean | undefined;
  /** Whether names that are no plain ASCII stand in quotes, as Prometheus 3 reads them, or are escaped by underscores; true by default. */
  readonly allowUtf8?: boolean | undefined;
}

export interface RenderChunksOptions extends RenderOptions {
  readonly format: RenderFormat;
  /** Rendering yields to the event loop when it has run for that long; 1 by default. */
  readonly budgetMs?: number | undefined;
}

const chunkSize = 65_536;
/** So early that the next series usually fits in as well. */
const pauseAt = 57_344;
const decoder = new TextDecoder();
let spareWriter: ByteWriter | undefined;

/** Renders OpenMetrics 1.0 text, `# EOF` included. */
export function renderOpenMetrics(snapshot: Snapshot, options: RenderOptions = {}): string {
  return renderText(snapshot, dialectOf('openmetrics', options));
}

/** Renders Prometheus text 0.0.4: no exemplars, no `_created`, no units; info and state sets are gauges. */
export function renderPrometheusText(snapshot: Snapshot, options: Pick<RenderOptions, 'allowUtf8'> = {}): string {
  return renderText(snapshot, dialectOf('text-0.0.4', options));
}

/** Renders the same bytes in chunks of about 56 KiB, and lets the event loop turn whenever its budget is used up. */
export async function* renderChunks(
  snapshot: Snapshot,
  options: RenderChunksOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const { budgetMs = 1 } = options;
  const writer = new ByteWriter(chunkSize);
  let startedAt = performance.now();
  for (const _ of renderAll(snapshot, writer, dialectOf(options.format, options))) {
    yield writer.take();
    if (performance.now() - startedAt >= budgetMs) {
      await new Promise((resolve) => setImmediate(resolve));
      startedAt = performance.now();
    }
  }
  if (writer.position > 0) {
    yield writer.written().slice();
  }
}

function renderText(snapshot: Snapshot, dialect: Dialect): string {
  const writer = spareWriter ?? new ByteWriter(chunkSize);
  spareWriter = undefined;
  writer.reset();
  let text = '';
  for (const _ of renderAll(snapshot, writer, dialect)) {
    text += decoder.decode(writer.written());
    writer.reset();
  }
  text += decoder.decode(writer.written());
  spareWriter = writer.capacity <= 2 * chunkSize ? writer : undefined;
  return text;
}

function* renderAll(snapshot: Snapshot, writer: ByteWriter, dialect: Dialect): Pauses {
  for (const family of snapshot.families) {
    yield* renderFamily(family, writer, dialect);
  }
  if (dialect.openMetrics) {
    writer.text('# EOF\n');
  }
}

function dialectOf(format: RenderFormat, { created = true, allowUtf8 = true }: RenderOptions): Dialect {
  const openMetrics = format === 'openmetrics';
  return { openMetrics, created: openMetrics && created, escapeNames: !allowUtf8, pauseAt };
}
