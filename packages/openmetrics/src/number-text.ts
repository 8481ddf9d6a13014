/**
 * A float as Go's `strconv.FormatFloat(value, 'g', -1, 64)` writes it: what client_golang, and so every other Prometheus
 * program, prints in `le`.
 */
export function goFloat(value: number): string {
  if (!Number.isFinite(value)) {
    return specialFloat(value);
  }
  const [mantissa = '0', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 6) {
    return String(value);
  }
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** A canonical OpenMetrics float: as Go writes it, and never without a point or an exponent. */
export function openMetricsFloat(value: number): string {
  const text = goFloat(value);
  return /^-?[0-9]+$/.test(text) ? `${text}.0` : text;
}

/** The text of a value that is not finite, or of any other value as JavaScript writes it. */
export function specialFloat(value: number): string {
  return value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : String(value);
}
