/** Operations that may spend while the gate is closed: `service.operation`, `operation`, or patterns of them with `*`. */
const builtIn: readonly string[] = [
  'sendgrid.bounce_notification',
  'sendgrid.error_notification',
  'sendgrid.admin_alert',
  'database.backup',
  'database.health_check',
  'database.error_log',
  'monitoring.*',
  'system.*',
  'health_check',
  'metrics',
  'scaling_gate_status',
];

/** Tells critical operations, the built-in ones and those of more patterns. */
export class CriticalOperations {
  readonly #patterns: readonly ((service: string, operation: string) => boolean)[];

  constructor(patterns: readonly string[]) {
    this.#patterns = [...builtIn, ...patterns].map(matcher);
  }

  has(service: string, operation: string): boolean {
    return this.#patterns.some((matches) => matches(service, operation));
  }
}

/** A pattern with a dot is of both, else of the operation alone: an operation cannot pass itself off as a service. */
function matcher(pattern: string): (service: string, operation: string) => boolean {
  const matches = wildcard(pattern);
  return pattern.includes('.')
    ? (service, operation) => matches(`${service}.${operation}`)
    : (_service, operation) => matches(operation);
}

/** Matches `*` as any text without a regular expression, which a hostile pattern could make slow. */
function wildcard(pattern: string): (text: string) => boolean {
  const parts = pattern.split('*');
  const first = parts[0]!;
  const last = parts.at(-1)!;
  if (parts.length === 1) return (text) => text === pattern;
  return (text) => {
    if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
    let place = first.length;
    for (const part of parts.slice(1, -1)) {
      const found = text.indexOf(part, place);
      if (found === -1) return false;
      place = found + part.length;
    }
    return place <= text.length - last.length;
  };
}
