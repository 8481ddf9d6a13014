import type { StateSetCell } from './instrument.ts';
import { type LabelSet, LiveSeries, type SeriesOwner } from './live-series.ts';
import type { InfoPoint, Label, StateSetPoint } from './model.ts';

/** An info series: its labels are all it says, so they stand in the point, as the parser returns them. */
export class LiveInfo extends LiveSeries<InfoPoint> {
  override get labels(): readonly Label[] {
    return [];
  }

  get point(): InfoPoint {
    return { info: super.labels };
  }

  copyPoint(): InfoPoint {
    return this.point;
  }
}

export class LiveStateSet extends LiveSeries<StateSetPoint> implements StateSetCell<string> {
  readonly #names: readonly string[];
  readonly #enabled: boolean[];

  constructor(owner: SeriesOwner, labels: LabelSet, states: readonly string[]) {
    super(owner, labels);
    this.#names = states;
    this.#enabled = states.map(() => false);
  }

  set(state: string, enabled: boolean = true): void {
    const position = this.#names.indexOf(state);
    if (position < 0 || typeof enabled !== 'boolean') {
      this.drop();
    } else {
      this.#enabled[position] = enabled;
    }
  }

  only(state: string): void {
    if (this.#names.includes(state)) {
      this.#enabled.fill(false);
      this.set(state);
    } else {
      this.drop();
    }
  }

  get point(): StateSetPoint {
    return this.copyPoint();
  }

  copyPoint(): StateSetPoint {
    return { states: this.#names.map((name, position) => ({ name, enabled: this.#enabled[position] === true })) };
  }
}
