import type { ResolvedConfiguration } from '@alex/obs';
import type { CommandIo } from '@alex/service';

/** What a check of the doctor says. */
export interface Finding {
  /** Kebab-case name of the check. */
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'error' | 'skipped';
  /** What is right or wrong, in one line. */
  readonly message: string;
  /** How it was seen. */
  readonly seen?: string;
  /** How to mend it. */
  readonly mend?: string;
}

/** What every check gets. */
export interface Examination {
  readonly configuration: ResolvedConfiguration;
  readonly env: CommandIo['env'];
  readonly signal: AbortSignal;
  readonly platform: NodeJS.Platform;
  /** Base URLs of the stack, without a slash at the end. */
  readonly prometheus: string;
  readonly jaeger: string;
  readonly grafana: string;
  /** The folder whose node_modules are looked at. */
  readonly folder: string;
}

export type Check = (examination: Examination) => Promise<readonly Finding[]>;

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Asks an address for at most 3 s; what is wrong when nothing answers comes back as a text. */
export async function ask(
  url: string,
  signal: AbortSignal,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer | string> {
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.any([signal, AbortSignal.timeout(3000)]) });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    const { cause, name, message } = error as { cause?: NodeJS.ErrnoException; name: string; message: string };
    if (name === 'TimeoutError') return 'no answer within 3 s';
    return cause?.code === 'ECONNREFUSED' ? 'nothing listens there' : cause?.message || cause?.code || message;
  }
}

/** The JSON of an address, or `undefined` when there is none. */
export async function askJson<Result>(
  url: string,
  signal: AbortSignal,
  headers: Readonly<Record<string, string>> = {},
): Promise<Result | undefined> {
  const answer = await ask(url, signal, headers);
  if (typeof answer === 'string' || answer.status !== 200) return undefined;
  try {
    return JSON.parse(answer.text) as Result;
  } catch {
    return undefined;
  }
}
