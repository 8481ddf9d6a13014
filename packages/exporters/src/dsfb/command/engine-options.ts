import { readFileSync } from 'node:fs';
import { CommandError, type OptionDeclaration, UsageError } from '@alex/service';
import { parse } from 'yaml';
import type { MotifEngineVariant } from '../engine/channel-tracker.ts';
import { type AllMotifParameters, parseMotifParameters } from '../engine/motif-parameters.ts';

/** The options that decide what an episode is. */
export const engineOptions: {
  readonly window: OptionDeclaration & { readonly type: 'duration'; readonly default: number };
  readonly motifs: OptionDeclaration & { readonly type: 'string' };
  readonly driftSource: OptionDeclaration & {
    readonly type: 'choice';
    readonly values: readonly ['innovation', 'residual'];
    readonly default: 'innovation' | 'residual';
  };
  readonly discardBlips: OptionDeclaration & { readonly type: 'boolean' };
} = {
  window: {
    type: 'duration',
    default: 10_000,
    env: 'DSFB_WINDOW',
    description: 'Time that a residual waits for older ones.',
  },
  motifs: {
    type: 'string',
    valueName: 'file',
    env: 'DSFB_MOTIFS',
    description: 'YAML or JSON file with rho, sigma0, thresholds and dwell of all five motifs.',
  },
  driftSource: {
    type: 'choice',
    values: ['innovation', 'residual'],
    default: 'innovation',
    env: 'DSFB_DRIFT_SOURCE',
    description: 'What is smoothed for the drift threshold; residual also reports lasting shifts.',
  },
  discardBlips: {
    type: 'boolean',
    env: 'DSFB_DISCARD_BLIPS',
    description: 'Forget what was out of its envelope for less than the dwell.',
  },
};

export interface EngineOptionValues {
  readonly window: number;
  readonly motifs: string | undefined;
  readonly driftSource: 'innovation' | 'residual';
  readonly discardBlips: boolean;
}

export interface EngineSettings extends MotifEngineVariant {
  readonly parameters?: AllMotifParameters | undefined;
  /** Seconds. */
  readonly reorderWindow: number;
}

/** The settings of the engine; reads the file of motif parameters. Throws UsageError or CommandError that names it. */
export function engineSettings({ window, motifs, driftSource, discardBlips }: EngineOptionValues): EngineSettings {
  const reorderWindow = window / 1000;
  if (motifs === undefined) return { reorderWindow, driftSource, discardBlips };
  return { reorderWindow, driftSource, discardBlips, parameters: readMotifs(motifs) };
}

function readMotifs(path: string): AllMotifParameters {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new CommandError(`Cannot read ${path}: ${(error as Error).message}`);
  }
  try {
    return parseMotifParameters(parse(text));
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}`);
  }
}
