import type { OptionDeclaration } from './declaration.ts';
import { formatDuration, parseDuration } from './duration.ts';

export type OptionValue = string | number | boolean | readonly string[];

const booleans: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  1: true,
  false: false,
  no: false,
  off: false,
  0: false,
};

/** The value of an option from text (flag, environment) or from YAML; `undefined` when it is not allowed. */
export function parseValue(declaration: OptionDeclaration, found: unknown): OptionValue | undefined {
  switch (declaration.type) {
    case 'string':
      return typeof found === 'string' ? found : undefined;
    case 'integer':
    case 'number':
      return inBounds(declaration, parseNumber(found, declaration.type === 'integer'));
    case 'duration':
      return inBounds(declaration, typeof found === 'number' ? found : parseDuration(String(found)));
    case 'boolean':
      return typeof found === 'boolean' ? found : booleans[String(found).toLowerCase()];
    case 'choice': {
      const text = declaration.ignoreCase ? String(found).toLowerCase() : String(found);
      return declaration.values.find(
        (value) => value === text || (declaration.ignoreCase && value.toLowerCase() === text),
      );
    }
    case 'list':
      return parseList(found);
  }
}

/** What an option accepts, as the end of the sentence "must be ...". */
export function describeAllowed(declaration: OptionDeclaration): string {
  switch (declaration.type) {
    case 'string':
      return 'text';
    case 'integer':
      return `an integer${describeBounds(declaration, String)}`;
    case 'number':
      return `a number${describeBounds(declaration, String)}`;
    case 'duration':
      return `a duration such as 500ms, 5s or 2m${describeBounds(declaration, formatDuration)}`;
    case 'boolean':
      return 'true or false';
    case 'choice':
      return `one of ${declaration.values.join(', ')}`;
    case 'list':
      return 'a list of texts';
  }
}

interface Bounds {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly aboveMinimum?: boolean;
}

function describeBounds(bounds: Bounds, format: (value: number) => string): string {
  const { minimum, maximum } = bounds;
  if (minimum !== undefined && bounds.aboveMinimum) {
    return ` above ${format(minimum)}${maximum === undefined ? '' : ` and at most ${format(maximum)}`}`;
  }
  if (minimum !== undefined && maximum !== undefined) return ` from ${format(minimum)} to ${format(maximum)}`;
  if (minimum !== undefined) return `, at least ${format(minimum)}`;
  return maximum === undefined ? '' : `, at most ${format(maximum)}`;
}

function inBounds(bounds: Bounds, value: number | undefined): number | undefined {
  if (value === undefined || !Number.isFinite(value)) return undefined;
  if (bounds.minimum !== undefined && value < bounds.minimum) return undefined;
  if (bounds.aboveMinimum && value === bounds.minimum) return undefined;
  return bounds.maximum !== undefined && value > bounds.maximum ? undefined : value;
}

function parseNumber(found: unknown, integer: boolean): number | undefined {
  const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
  const value =
    typeof found === 'number'
      ? found
      : typeof found === 'string' && decimal.test(found.trim())
        ? Number(found)
        : undefined;
  return value !== undefined && integer && !Number.isSafeInteger(value) ? undefined : value;
}

function parseList(found: unknown): readonly string[] | undefined {
  if (Array.isArray(found)) return found.every((item) => typeof item !== 'object') ? found.map(String) : undefined;
  if (typeof found !== 'string') return undefined;
  return found
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
