import { isDeepStrictEqual } from 'node:util';
import { StoreError } from '../errors.ts';
import { checkEventType } from '../event.ts';
import { clockMs, type StoreMetrics } from '../store/metrics.ts';
import { type Compatibility, compatibilities, incompatibility } from './compatibility.ts';
import { compileSchema, type JsonSchema, type PayloadCheck } from './json-schema.ts';

/** One version of a subject. */
export interface SchemaVersion {
  readonly subject: string;
  readonly version: number;
  readonly schema: JsonSchema;
  readonly description: string | null;
  /** ISO 8601. */
  readonly created_at: string;
}

/** A subject as it is stored: its mode, its versions, and the event types that are validated with it. */
export interface SchemaSubject {
  readonly subject: string;
  readonly compatibility: Compatibility;
  readonly versions: readonly SchemaVersion[];
  readonly event_types: readonly string[];
}

/** What a validation found. */
export interface Validation {
  readonly valid: boolean;
  readonly subject: string;
  readonly version: number;
  readonly errors: readonly string[];
}

const subjectPattern = /^[A-Za-z0-9._-]{1,128}$/;

/** Schemas by subject, in versions. Changes are made durable by the store, which then puts them here. */
export class SchemaRegistry {
  readonly #metrics: StoreMetrics;
  readonly #subjects = new Map<string, SchemaSubject>();
  readonly #byType = new Map<string, string>();
  readonly #checks = new Map<SchemaVersion, PayloadCheck>();

  constructor(metrics: StoreMetrics) {
    this.#metrics = metrics;
  }

  /**
   * What registering a schema would change: `undefined` with the version that has this schema already.
   * Throws StoreError `invalid`, with the path where it is not compatible.
   */
  prepare(
    subject: unknown,
    schema: unknown,
    details: { readonly description?: string | undefined; readonly now: number },
  ): { readonly version: SchemaVersion; readonly changed: SchemaSubject | undefined } {
    if (typeof subject !== 'string' || !subjectPattern.test(subject)) {
      throw new StoreError('invalid', 'subject is 1 to 128 letters, digits, dots, underscores and dashes');
    }
    compileSchema(schema);
    const known = this.#subjects.get(subject) ?? emptySubject(subject);
    const same = known.versions.find((version) => isDeepStrictEqual(version.schema, schema));
    if (same) return { version: same, changed: undefined };
    const latest = known.versions.at(-1);
    const problem = latest && incompatibility(latest.schema, schema as JsonSchema, known.compatibility);
    if (problem) throw new StoreError('invalid', `${subject} version ${latest.version + 1} is ${problem}`);
    const version: SchemaVersion = {
      subject,
      version: known.versions.length + 1,
      schema: schema as JsonSchema,
      description: details.description ?? null,
      created_at: new Date(details.now).toISOString(),
    };
    return { version, changed: { ...known, versions: [...known.versions, version] } };
  }

  /** What setting the mode would change. Throws StoreError. */
  withCompatibility(subject: string, compatibility: unknown): SchemaSubject {
    const known = this.subject(subject);
    if (!compatibilities.includes(compatibility as Compatibility)) {
      throw new StoreError('invalid', `compatibility is one of ${compatibilities.join(', ')}`);
    }
    return { ...known, compatibility: compatibility as Compatibility };
  }

  /** What binding an event type would change. Throws StoreError. */
  withEventType(subject: string, eventType: unknown): SchemaSubject {
    const known = this.subject(subject);
    checkEventType(eventType);
    const other = this.#byType.get(eventType);
    if (other !== undefined && other !== subject) {
      throw new StoreError('conflict', `events of type ${eventType} are validated with ${other} already`);
    }
    return { ...known, event_types: [...new Set([...known.event_types, eventType])] };
  }

  /** Puts a subject that is durable. */
  put(subject: SchemaSubject): void {
    this.#subjects.set(subject.subject, subject);
    for (const eventType of subject.event_types) this.#byType.set(eventType, subject.subject);
    this.#metrics.schemaSubject(subject.subject);
  }

  get subjects(): readonly SchemaSubject[] {
    return [...this.#subjects.values()];
  }

  /** Throws StoreError `not_found`. */
  subject(subject: string): SchemaSubject {
    const known = this.#subjects.get(subject);
    if (known === undefined) throw new StoreError('not_found', `there is no schema ${JSON.stringify(subject)}`);
    return known;
  }

  /** The version, or the latest one. Throws StoreError `not_found`. */
  version(subject: string, version?: number): SchemaVersion {
    const { versions } = this.subject(subject);
    const found = version === undefined ? versions.at(-1) : versions[version - 1];
    if (found === undefined) throw new StoreError('not_found', `${subject} has no version ${version}`);
    return found;
  }

  /** Validates a payload; counted. Throws StoreError, uncounted, when there is no such schema. */
  validate(subject: string, payload: unknown, version?: number): Validation {
    const found = this.version(subject, version);
    const startedAt = clockMs();
    const problem = this.#check(found)(payload);
    this.#metrics.validated(subject, problem === undefined, (clockMs() - startedAt) / 1000);
    return {
      valid: problem === undefined,
      subject,
      version: found.version,
      errors: problem === undefined ? [] : [problem],
    };
  }

  /** Validates the payload of an event with the schema that its type is bound to, if any. Throws StoreError `invalid`. */
  checkEvent(eventType: string, payload: unknown): void {
    const subject = this.#byType.size === 0 ? undefined : this.#byType.get(eventType);
    if (subject === undefined) return;
    const { valid, errors, version } = this.validate(subject, payload);
    if (!valid)
      throw new StoreError('invalid', `the payload does not match ${subject} version ${version}: ${errors[0]}`);
  }

  #check(version: SchemaVersion): PayloadCheck {
    let check = this.#checks.get(version);
    if (check === undefined) this.#checks.set(version, (check = compileSchema(version.schema)));
    return check;
  }
}

function emptySubject(subject: string): SchemaSubject {
  return { subject, compatibility: 'BACKWARD', versions: [], event_types: [] };
}
