import type { DropReason } from '../catalog.ts';

/** Hears what happens to spans, for metrics about ourselves. */
export interface TracingListener {
  spansExported(count: number): void;
  /** `reason` is one of few words. */
  spansFailed(reason: string, count: number): void;
  dropped(signal: 'traces', reason: DropReason, count: number): void;
  exportSeconds(seconds: number): void;
}
