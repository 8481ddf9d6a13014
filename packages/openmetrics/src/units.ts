/** UCUM units and the words that Prometheus 3 writes for them (prometheus/otlptranslator, unit map). */
const mainUnits: ReadonlyMap<string, string> = new Map([
  ['d', 'days'],
  ['h', 'hours'],
  ['min', 'minutes'],
  ['s', 'seconds'],
  ['ms', 'milliseconds'],
  ['us', 'microseconds'],
  ['ns', 'nanoseconds'],
  ['By', 'bytes'],
  ['KiBy', 'kibibytes'],
  ['MiBy', 'mebibytes'],
  ['GiBy', 'gibibytes'],
  ['TiBy', 'tibibytes'],
  ['KBy', 'kilobytes'],
  ['MBy', 'megabytes'],
  ['GBy', 'gigabytes'],
  ['TBy', 'terabytes'],
  ['m', 'meters'],
  ['V', 'volts'],
  ['A', 'amperes'],
  ['J', 'joules'],
  ['W', 'watts'],
  ['g', 'grams'],
  ['Cel', 'celsius'],
  ['Hz', 'hertz'],
  ['1', ''],
  ['%', 'percent'],
]);

const perUnits: ReadonlyMap<string, string> = new Map([
  ['s', 'second'],
  ['m', 'minute'],
  ['h', 'hour'],
  ['d', 'day'],
  ['w', 'week'],
  ['mo', 'month'],
  ['y', 'year'],
]);

/** The two parts that a unit adds to a name: `By/s` gives `bytes` and `per_second`; annotations in braces give nothing. */
export interface UnitSuffixes {
  readonly main: string;
  readonly per: string;
}

/** Translates a UCUM unit; an unknown unit stands for itself, so `seconds` stays `seconds`. */
export function unitSuffixes(unit: string): UnitSuffixes {
  const slash = unit.indexOf('/');
  const main = (slash < 0 ? unit : unit.slice(0, slash)).trim();
  const per = slash < 0 ? '' : unit.slice(slash + 1).trim();
  const perWord = isAnnotation(per) ? '' : (perUnits.get(per) ?? per);
  return {
    main: isAnnotation(main) ? '' : (mainUnits.get(main) ?? main),
    per: perWord === '' ? '' : `per_${perWord}`,
  };
}

/** The unit with every character that no name may hold replaced by one underscore, none of them at the ends. */
export function cleanUnit(unit: string): string {
  return unit.replace(/[^A-Za-z0-9:]+/g, '_').replace(/^_|_$/g, '');
}

function isAnnotation(unit: string): boolean {
  return unit.includes('{') || unit.includes('}');
}
