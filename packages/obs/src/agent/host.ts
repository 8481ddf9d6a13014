import type { Tracer } from '@opentelemetry/api';
import type { Logger } from 'pino';
import type { DropReason, Signal } from '../catalog.ts';
import type { ObsRecord, PriceRequest } from '../record.ts';

/** What the helpers of an instance need from it. They guard every call, so a part of it may fail. */
export interface AgentHost {
  readonly tracer: Tracer;
  readonly price: PriceRequest;
  /** Hands a record to metrics, listeners, live sessions and ledger. */
  emit(record: ObsRecord): void;
  logger(): Logger;
  /** What spans may say of prompts, arguments and results. */
  content(): 'off' | 'metadata' | 'full';
  redact(value: unknown): unknown;
  redactText(text: string): string;
  dropped(signal: Signal, reason: DropReason): void;
  /** False once the instance is shut down: then the helpers only call their function. */
  readonly active: () => boolean;
}

/** The host of the moment: an instance has one for each of its lives between two shutdowns. */
export type HostSource = () => AgentHost;
