import type { ByteWriter } from './byte-writer.ts';
import { escapeLabelValue, labelsText } from './label-text.ts';
import { LiveSeries, SeriesCopy } from './live-series.ts';
import type { Exemplar, Series } from './model.ts';
import { isLegalMetricName } from './translation.ts';

const encoder = new TextEncoder();
const space = 32;
const newline = 10;
const comma = 44;
const closing = encoder.encode('} ');
const exemplarOpening = encoder.encode(' # {');
const noBytes: Uint8Array = new Uint8Array(0);

/** OpenMetrics 1.0: names and values of an exemplar's labels together. */
const maxExemplarLength = 128;

/** How a sample line of one name begins. */
export interface SampleName {
  /** Without labels: `name ` or `{"näme"} `. */
  readonly bare: Uint8Array;
  /** With labels: `name{` or `{"näme",`. */
  readonly open: Uint8Array;
}

export function sampleName(name: string): SampleName {
  const quoted = `{"${escapeLabelValue(name)}"`;
  return isLegalMetricName(name)
    ? { bare: encoder.encode(`${name} `), open: encoder.encode(`${name}{`) }
    : { bare: encoder.encode(`${quoted}} `), open: encoder.encode(`${quoted},`) };
}

/** Writes sample lines of one series after another; the label text of a registry's series is taken from its cache. */
export class SampleWriter {
  readonly #writer: ByteWriter;
  readonly #openMetrics: boolean;
  #labels: Uint8Array = noBytes;
  #start = 0;
  #end = 0;
  #timestamp: number | undefined = undefined;

  constructor(writer: ByteWriter, openMetrics: boolean) {
    this.#writer = writer;
    this.#openMetrics = openMetrics;
  }

  /** Takes the labels and the timestamp of the lines that follow. */
  begin(series: Series<unknown>): void {
    const source = series instanceof SeriesCopy ? series.source : series;
    this.#timestamp = series.timestamp;
    if (source instanceof LiveSeries && source.cacheText()) {
      this.#labels = source.owner.arena.bytes;
      this.#start = source.textStart;
      this.#end = source.textEnd;
    } else {
      this.#labels = encoder.encode(labelsText(series.labels));
      this.#start = 0;
      this.#end = this.#labels.length;
    }
  }

  /** Writes a line; `label` is one more label, as text, that only this line has. */
  sample(name: SampleName, value: number, label: Uint8Array = noBytes): void {
    this.open(name, label);
    this.#writer.number(value);
    this.close();
  }

  /** Writes a line whose value is Unix seconds. */
  seconds(name: SampleName, value: number): void {
    this.open(name, noBytes);
    this.#writer.seconds(value);
    this.close();
  }

  /** Writes a line that ends in an exemplar, where the format and the exemplar allow it. */
  sampleWithExemplar(name: SampleName, value: number, exemplar: Exemplar, label: Uint8Array = noBytes): void {
    this.open(name, label);
    this.#writer.number(value);
    this.close(exemplar);
  }

  private open(name: SampleName, label: Uint8Array): void {
    const writer = this.#writer;
    const length = this.#end - this.#start;
    writer.reserve(name.open.length + length + label.length + 64);
    if (length === 0 && label.length === 0) {
      writer.copy(name.bare, 0, name.bare.length);
      return;
    }
    writer.copy(name.open, 0, name.open.length);
    writer.copy(this.#labels, this.#start, this.#end);
    if (length > 0 && label.length > 0) {
      writer.byte(comma);
    }
    writer.copy(label, 0, label.length);
    writer.copy(closing, 0, 2);
  }

  private close(exemplar?: Exemplar): void {
    const writer = this.#writer;
    if (this.#timestamp !== undefined) {
      writer.byte(space);
      writer.number(this.#openMetrics ? this.#timestamp : Math.round(this.#timestamp * 1000));
    }
    if (exemplar !== undefined && this.#openMetrics && lengthOf(exemplar) <= maxExemplarLength) {
      writer.copy(exemplarOpening, 0, exemplarOpening.length);
      writer.text(labelsText(exemplar.labels));
      writer.copy(closing, 0, 2);
      writer.number(exemplar.value);
      if (exemplar.timestamp !== undefined) {
        writer.byte(space);
        writer.seconds(exemplar.timestamp);
      }
    }
    writer.byte(newline);
  }
}

function lengthOf({ labels }: Exemplar): number {
  let length = 0;
  for (const [name, value] of labels) {
    length += [...name].length + [...value].length;
  }
  return length;
}
