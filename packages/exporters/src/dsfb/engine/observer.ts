/** Gains of the observer: position, rate, acceleration. */
const gainPhi = 0.5;
const gainOmega = 0.1;
const gainAlpha = 0.01;

/** The state that predicts the next measurement. */
export class TrackingState {
  #phi = 0;
  #omega = 0;
  #alpha = 0;

  /** Moves on by `dt` seconds and gives the prediction. */
  predict(dt: number): number {
    this.#phi += this.#omega * dt;
    this.#omega += this.#alpha * dt;
    return this.#phi;
  }

  /** Corrects the prediction by the (weighted) innovation. */
  correct(innovation: number): void {
    this.#phi += gainPhi * innovation;
    this.#omega += gainOmega * innovation;
    this.#alpha += gainAlpha * innovation;
  }
}

/** One channel of a trust observer. */
export interface TrustChannel {
  value: number;
  smoothed: number;
}

/** Weighs the channels of a motif against one another: the noisier one is trusted less. */
export class TrustObserver {
  readonly #rho: number;
  readonly #sigma0: number;
  readonly #state = new TrackingState();
  readonly #channels: TrustChannel[] = [];
  readonly #weights: number[] = [];

  constructor({ rho, sigma0 }: { readonly rho: number; readonly sigma0: number }) {
    this.#rho = rho;
    this.#sigma0 = sigma0;
  }

  /** Adds a channel whose latest value is 0. */
  join(): TrustChannel {
    const channel: TrustChannel = { value: 0, smoothed: 0 };
    this.#channels.push(channel);
    this.#weights.push(1);
    return channel;
  }

  leave(channel: TrustChannel): void {
    const index = this.#channels.indexOf(channel);
    if (index < 0) return;
    this.#channels.splice(index, 1);
    this.#weights.splice(index, 1);
  }

  /** One step with the latest value of every channel. O(channels). */
  step(dt: number): void {
    const predicted = this.#state.predict(dt);
    const rho = this.#rho;
    const channels = this.#channels;
    const weights = this.#weights;
    const count = channels.length;
    let sum = 0;
    for (let index = 0; index < count; index++) {
      const channel = channels[index]!;
      channel.smoothed = rho * channel.smoothed + (1 - rho) * Math.abs(channel.value - predicted);
      weights[index] = 1 / (this.#sigma0 + channel.smoothed);
      sum += weights[index]!;
    }
    let pooled = 0;
    for (let index = 0; index < count; index++) {
      const weight = sum > 0 ? weights[index]! / sum : 1 / count;
      weights[index] = weight;
      pooled += weight * (channels[index]!.value - predicted);
    }
    this.#state.correct(pooled);
  }

  /** Sum of the weights of the last step. */
  get trustSum(): number {
    let sum = 0;
    for (const weight of this.#weights) sum += weight;
    return sum;
  }
}
