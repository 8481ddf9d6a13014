import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** A body in pieces. */
interface Body {
  readonly chunks: readonly Uint8Array[];
  readonly bytes: number;
}

/** A rendered exposition that several clients may receive, packed once at most. */
export interface Rendered extends Body {
  gzip(): Promise<Body>;
}

/** Makes concurrent calls with the same key share one run of `render`. */
export function shareRenders(render: (key: string) => AsyncIterable<Uint8Array>): (key: string) => Promise<Rendered> {
  const running = new Map<string, Promise<Rendered>>();
  return (key) => {
    const known = running.get(key);
    if (known !== undefined) return known;
    const started = gather(render(key))
      .then(packable)
      .finally(() => running.delete(key));
    running.set(key, started);
    return started;
  };
}

async function gather(source: AsyncIterable<Uint8Array>): Promise<Body> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of source) {
    chunks.push(chunk);
    bytes += chunk.length;
  }
  return { chunks, bytes };
}

function packable(body: Body): Rendered {
  let packed: Promise<Body> | undefined;
  return { ...body, gzip: () => (packed ??= gzip(body)) };
}

/** Level 1 is three times as fast as the default and packs an exposition to a tenth all the same; zlib works off the main thread. */
async function gzip(body: Body): Promise<Body> {
  const stream = createGzip({ level: 1 });
  const [packed] = await Promise.all([gather(stream), pipeline(Readable.from(body.chunks), stream)]);
  return packed;
}
