import { type ByteWriter, type EncodedText, encodeText } from './byte-writer.ts';
import { escapeLabelValue, labelsText } from './label-text.ts';
import { LiveSeries, SeriesCopy } from './live-series.ts';
import type { Exemplar, Label, Series } from './model.ts';
import { isLegalMetricName, withLegalNames } from './translation.ts';

const space = 32;
const newline = 10;
const comma = 44;
const closingBrace = 125;
const exemplarOpening = encodeText(' # {');
const noText: EncodedText = encodeText('');

/** OpenMetrics 1.0: names and values of an exemplar's labels together. */
const maxExemplarLength = 128;

/** How a sample line of one name begins. */
export interface SampleName {
  /** Without labels: `name ` or `{"näme"} `. */
  readonly bare: EncodedText;
  /** With labels: `name{` or `{"näme",`. */
  readonly open: EncodedText;
}

export function sampleName(name: string): SampleName {
  const quoted = `{"${escapeLabelValue(name)}"`;
  return isLegalMetricName(name)
    ? { bare: encodeText(`${name} `), open: encodeText(`${name}{`) }
    : { bare: encodeText(`${quoted}} `), open: encodeText(`${quoted},`) };
}

/** Writes sample lines of one series after another; the label text of a registry's series is taken from its cache. */
export class SampleWriter {
  readonly #writer: ByteWriter;
  readonly #openMetrics: boolean;
  readonly #escapeNames: boolean;
  #labels: DataView = noText.view;
  #start: number = 0;
  #end = 0;
  #timestamp: number | undefined = undefined;

  constructor(
    writer: ByteWriter,
    { openMetrics, escapeNames }: { readonly openMetrics: boolean; readonly escapeNames: boolean },
  ) {
    this.#writer = writer;
    this.#openMetrics = openMetrics;
    this.#escapeNames = escapeNames;
  }

  /** Takes the labels and the timestamp of the lines that follow. */
  begin(series: Series<unknown>): void {
    // Nearly all series are live; to ask for that first saves a walk along the prototypes.
    const source = series instanceof LiveSeries ? series : series instanceof SeriesCopy ? series.source : undefined;
    this.#timestamp = series.timestamp;
    if (source !== undefined && (!this.#escapeNames || source.owner.legalLabels) && source.cacheText()) {
      this.#labels = source.owner.arena.view;
      this.#start = source.textStart;
      this.#end = source.textEnd;
    } else {
      const { view, length } = encodeText(this.#textOf(series.labels));
      this.#labels = view;
      this.#start = 0;
      this.#end = length;
    }
  }

  /** Writes a line; `label` is one more label, as text, that only this line has. */
  sample(name: SampleName, value: number, label: EncodedText = noText): void {
    this.#open(name, label);
    this.#writer.number(value);
    this.#close();
  }

  /** Writes a line that ends in an exemplar, where the format and the exemplar allow it. */
  sampleWithExemplar(name: SampleName, value: number, exemplar: Exemplar, label: EncodedText = noText): void {
    this.#open(name, label);
    this.#writer.number(value);
    this.#close(exemplar);
  }

  #textOf(labels: readonly Label[]): string {
    return labelsText(this.#escapeNames ? withLegalNames(labels) : labels);
  }

  #open(name: SampleName, label: EncodedText): void {
    const writer = this.#writer;
    const length = this.#end - this.#start;
    writer.reserve(name.open.length + length + label.length + 64);
    if (length === 0 && label.length === 0) {
      writer.copy(name.bare.view, 0, name.bare.length);
      return;
    }
    writer.copy(name.open.view, 0, name.open.length);
    writer.copy(this.#labels, this.#start, this.#end);
    if (length > 0 && label.length > 0) {
      writer.byte(comma);
    }
    writer.copy(label.view, 0, label.length);
    writer.byte(closingBrace);
    writer.byte(space);
  }

  #close(exemplar?: Exemplar): void {
    const writer = this.#writer;
    if (this.#timestamp !== undefined) {
      writer.reserve(1);
      writer.byte(space);
      writer.number(this.#openMetrics ? this.#timestamp : Math.round(this.#timestamp * 1000));
    }
    if (exemplar !== undefined && this.#openMetrics && lengthOf(exemplar) <= maxExemplarLength) {
      writer.reserve(16);
      writer.copy(exemplarOpening.view, 0, exemplarOpening.length);
      writer.text(`${this.#textOf(exemplar.labels)}} `);
      writer.number(exemplar.value);
      if (exemplar.timestamp !== undefined) {
        writer.reserve(1);
        writer.byte(space);
        writer.number(exemplar.timestamp);
      }
    }
    writer.reserve(1);
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
