import { StoreError } from '../errors.ts';
import { checkEventType } from '../event.ts';

export type FilterOperation = 'eq' | 'ne' | 'gt' | 'lt' | 'contains';
type ReduceFunction = 'count' | 'sum' | 'avg' | 'min' | 'max';

export interface ReduceOperator {
  readonly type: 'reduce';
  /** Dotted path in the payload; not needed for `count`. */
  readonly field: string;
  readonly function: ReduceFunction;
  readonly group_by?: string;
}

export interface WindowConfiguration {
  readonly window_type: 'tumbling' | 'sliding' | 'session';
  readonly size_seconds?: number;
  /** Sliding windows begin at its multiples; without it, at every millisecond or 100 000th part of the size. */
  readonly slide_seconds?: number;
  readonly session_timeout_seconds?: number;
}

/** One step of a pipeline. */
export type PipelineOperator =
  | { readonly type: 'filter'; readonly field: string; readonly op: FilterOperation; readonly value: unknown }
  /** `uppercase`, `lowercase`, `trim`, `multiply:2.5` or `add:-1`. */
  | { readonly type: 'map'; readonly field: string; readonly transform: string }
  | ReduceOperator
  | { readonly type: 'window'; readonly config: WindowConfiguration; readonly aggregation: ReduceOperator }
  /** `entity`: the state of the event's entity; `entity:PATH`: of the entity whose id stands there in the payload. */
  | { readonly type: 'enrich'; readonly source: string; readonly fields: readonly string[] }
  /** Adds `_route`: the branch of the field's value, or the one named `default`. */
  | { readonly type: 'branch'; readonly field: string; readonly branches: Readonly<Record<string, string>> };

export interface PipelineConfiguration {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  /** Empty: all. */
  readonly source_event_types: readonly string[];
  readonly operators: readonly PipelineOperator[];
  readonly enabled: boolean;
  /** `recent`: the last results can be read with the pipeline's statistics. */
  readonly output: 'recent' | 'none';
}

type Fields = Readonly<Record<string, unknown>>;

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const filterOperations: readonly unknown[] = ['eq', 'ne', 'gt', 'lt', 'contains'];
const reduceFunctions: readonly unknown[] = ['count', 'sum', 'avg', 'min', 'max'];
const mostOperators = 32;

/** The steps in which a window may slide past an event. */
export const mostSlides = 100_000;

/** Checks a configuration as a client sends it; `newId` is used when it has none. Throws StoreError `invalid`. */
export function checkPipeline(value: unknown, newId: () => string): PipelineConfiguration {
  const { id, name, description, source_event_types, operators, enabled, output } = fieldsOf(value, 'a pipeline');
  if (id !== undefined && !(typeof id === 'string' && uuidPattern.test(id))) throw invalid('id is a UUID');
  if (typeof name !== 'string' || name === '' || name.length > 128) throw invalid('name is 1 to 128 characters');
  if (description !== undefined && typeof description !== 'string') throw invalid('description is a text');
  if (!isTexts(source_event_types ?? [])) throw invalid('source_event_types is a list of event types');
  for (const eventType of (source_event_types ?? []) as string[]) checkEventType(eventType);
  if (!Array.isArray(operators) || operators.length > mostOperators) {
    throw invalid(`operators is a list of at most ${mostOperators}`);
  }
  if (enabled !== undefined && typeof enabled !== 'boolean') throw invalid('enabled is true or false');
  if (output !== undefined && output !== 'recent' && output !== 'none') throw invalid('output is recent or none');
  operators.forEach((operator, index) => {
    checkOperator(operator, `operators[${index}]`);
  });
  return {
    id: (id as string | undefined)?.toLowerCase() ?? newId(),
    name,
    ...(description === undefined ? {} : { description }),
    source_event_types: (source_event_types ?? []) as string[],
    operators: operators as PipelineOperator[],
    enabled: enabled ?? true,
    output: output ?? 'none',
  };
}

function checkOperator(value: unknown, at: string): void {
  const operator = fieldsOf(value, at);
  switch (operator['type']) {
    case 'filter':
      checkPath(operator['field'], `${at}.field`);
      if (!filterOperations.includes(operator['op']))
        throw invalid(`${at}.op is one of ${filterOperations.join(', ')}`);
      if (!('value' in operator)) throw invalid(`${at}.value is missing`);
      return;
    case 'map':
      checkPath(operator['field'], `${at}.field`);
      checkTransform(operator['transform'], at);
      return;
    case 'reduce':
      checkReduce(operator, at);
      return;
    case 'window':
      checkWindow(fieldsOf(operator['config'], `${at}.config`), `${at}.config`);
      checkReduce(fieldsOf(operator['aggregation'], `${at}.aggregation`), `${at}.aggregation`);
      return;
    case 'enrich':
      if (!/^entity(:.+)?$/.test(String(operator['source']))) {
        throw invalid(`${at}.source is "entity" or "entity:" and the path of an entity id in the payload`);
      }
      if (!isTexts(operator['fields'])) throw invalid(`${at}.fields is a list of names`);
      return;
    case 'branch':
      checkPath(operator['field'], `${at}.field`);
      if (!isTexts(Object.values(fieldsOf(operator['branches'], `${at}.branches`)))) {
        throw invalid(`${at}.branches maps values to routes`);
      }
      return;
    default:
      throw invalid(`${at}.type is one of filter, map, reduce, window, enrich, branch`);
  }
}

function checkTransform(transform: unknown, at: string): void {
  const [, number] = /^(?:multiply|add):(.+)$/.exec(String(transform)) ?? [];
  const isNumber = number !== undefined && number.trim() !== '' && Number.isFinite(Number(number));
  if (isNumber || ['uppercase', 'lowercase', 'trim'].includes(transform as string)) return;
  throw invalid(`${at}.transform is uppercase, lowercase, trim, multiply:NUMBER or add:NUMBER`);
}

function checkReduce(operator: Fields, at: string): void {
  if (operator['type'] !== 'reduce') throw invalid(`${at}.type is reduce`);
  if (!reduceFunctions.includes(operator['function'])) {
    throw invalid(`${at}.function is one of ${reduceFunctions.join(', ')}`);
  }
  if (operator['function'] !== 'count') checkPath(operator['field'], `${at}.field`);
  if (operator['group_by'] !== undefined && operator['group_by'] !== null) {
    checkPath(operator['group_by'], `${at}.group_by`);
  }
}

const neededByWindow: ReadonlyMap<unknown, string> = new Map([
  ['tumbling', 'size_seconds'],
  ['sliding', 'size_seconds'],
  ['session', 'session_timeout_seconds'],
]);

function checkWindow(config: Fields, at: string): void {
  const key = neededByWindow.get(config['window_type']);
  if (key === undefined) throw invalid(`${at}.window_type is tumbling, sliding or session`);
  if (!isPositive(config[key])) throw invalid(`${at}.${key} is a number above 0`);
  const slide = config['slide_seconds'] ?? undefined;
  const size = config['size_seconds'] as number;
  if (
    slide !== undefined &&
    !(isPositive(slide) && (slide as number) <= size && (slide as number) >= size / mostSlides)
  ) {
    throw invalid(`${at}.slide_seconds is at most size_seconds, and at least their ${mostSlides}th part`);
  }
}

function isPositive(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value > 0;
}

function checkPath(value: unknown, at: string): void {
  if (typeof value !== 'string' || value === '' || value.split('.').includes('')) {
    throw invalid(`${at} is a dotted path in the payload`);
  }
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw invalid(`${what} is a JSON object`);
}

function invalid(message: string): StoreError {
  return new StoreError('invalid', message);
}
