import type { StoredEvent } from '../stored-event.ts';
import { reducer } from './aggregate.ts';
import type { FilterOperation, PipelineOperator } from './configuration.ts';
import { valueAt, withValueAt } from './path.ts';
import { windowed } from './window.ts';

/** One step: the payload that goes on, or `undefined` when the event is dropped. It throws where it cannot work. */
export type Step = (payload: unknown, event: StoredEvent) => unknown;

/** Reads the current state of an entity, for enrichment. */
export type EntityReader = (tenantId: string, entityId: string) => Readonly<Record<string, unknown>> | undefined;

/** The step of an operator that was checked; steps that aggregate keep their own state. */
export function stepOf(operator: PipelineOperator, readEntity: EntityReader): Step {
  switch (operator.type) {
    case 'filter': {
      const path = operator.field.split('.');
      return (payload) => (matches(operator.op, valueAt(payload, path), operator.value) ? payload : undefined);
    }
    case 'map':
      return mapper(operator.field, operator.transform);
    case 'reduce':
      return reducer(operator);
    case 'window': {
      const aggregate = windowed(operator.config, operator.aggregation);
      return (payload, { timestamp }) => aggregate(payload, timestamp);
    }
    case 'enrich':
      return enricher(operator.source, operator.fields, readEntity);
    case 'branch': {
      const path = operator.field.split('.');
      const routes = new Map(Object.entries(operator.branches));
      return (payload) => {
        const value = valueAt(payload, path);
        const route = routes.get(typeof value === 'string' ? value : JSON.stringify(value)) ?? routes.get('default');
        return route === undefined ? payload : { ...objectOf(payload), _route: route };
      };
    }
  }
}

function matches(operation: FilterOperation, value: unknown, wanted: unknown): boolean {
  switch (operation) {
    case 'eq':
      return isEqual(value, wanted);
    case 'ne':
      return !isEqual(value, wanted);
    case 'gt':
      return isOrdered(value, wanted) && (value as number) > (wanted as number);
    case 'lt':
      return isOrdered(value, wanted) && (value as number) < (wanted as number);
    case 'contains':
      if (Array.isArray(value)) return value.some((one) => isEqual(one, wanted));
      return typeof value === 'string' && typeof wanted === 'string' && value.includes(wanted);
  }
}

function isEqual(left: unknown, right: unknown): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}

function isOrdered(left: unknown, right: unknown): boolean {
  return typeof left === typeof right && (typeof left === 'number' || typeof left === 'string');
}

function mapper(field: string, transform: string): Step {
  const path = field.split('.');
  const change = changeOf(transform, field);
  return (payload) => {
    const value = valueAt(payload, path);
    return value === undefined ? payload : withValueAt(payload, path, change(value));
  };
}

function changeOf(transform: string, field: string): (value: unknown) => unknown {
  const [operation, operand] = transform.split(':');
  const number = Number(operand);
  const ofText = (change: (text: string) => string) => (value: unknown) => {
    if (typeof value !== 'string') throw new Error(`${field} is no text`);
    return change(value);
  };
  const ofNumber = (change: (value: number) => number) => (value: unknown) => {
    if (typeof value !== 'number') throw new Error(`${field} is no number`);
    const result = change(value);
    if (!Number.isFinite(result)) throw new Error(`${transform} of ${field} is not finite`);
    return result;
  };
  switch (operation) {
    case 'uppercase':
      return ofText((text) => text.toUpperCase());
    case 'lowercase':
      return ofText((text) => text.toLowerCase());
    case 'trim':
      return ofText((text) => text.trim());
    case 'multiply':
      return ofNumber((value) => value * number);
    default:
      return ofNumber((value) => value + number);
  }
}

/** Adds `_enriched` with the fields that the other entity has. */
function enricher(source: string, fields: readonly string[], readEntity: EntityReader): Step {
  const path = source === 'entity' ? undefined : source.slice('entity:'.length).split('.');
  return (payload, { tenantId, entityId }) => {
    const id = path === undefined ? entityId : valueAt(payload, path);
    const state = typeof id === 'string' ? readEntity(tenantId, id) : undefined;
    const found = fields.filter((field) => state !== undefined && Object.hasOwn(state, field));
    return { ...objectOf(payload), _enriched: Object.fromEntries(found.map((field) => [field, state![field]])) };
  };
}

function objectOf(payload: unknown): object {
  if (typeof payload === 'object' && payload !== null && !Array.isArray(payload)) return payload;
  throw new Error('the payload is no object');
}
