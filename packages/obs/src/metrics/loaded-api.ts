import { load } from '../load.ts';

type Api = typeof import('@opentelemetry/api');

let api: Api | undefined;

/** The OpenTelemetry API, loaded at its first use: a program whose metrics are only our own never needs it. */
export function loadedApi(): Api {
  api ??= load<Api>('@opentelemetry/api');
  return api;
}
