import type { LoadClient } from './client.ts';

const schema = {
  type: 'object',
  properties: { amount: { type: 'number', minimum: 0 }, status: { type: 'string' } },
  required: ['amount', 'status'],
};

const pipelines: readonly object[] = [
  {
    id: '6f0c3d0e-3f4b-4c55-9a61-000000000001',
    name: 'active-orders',
    source_event_types: ['order.placed', 'order.cancelled'],
    operators: [
      { type: 'filter', field: 'status', op: 'eq', value: 'active' },
      { type: 'enrich', source: 'entity:customer_id', fields: ['name', 'city'] },
      { type: 'branch', field: 'items', branches: { '1': 'single', default: 'many' } },
    ],
    output: 'recent',
  },
  {
    id: '6f0c3d0e-3f4b-4c55-9a61-000000000002',
    name: 'revenue-per-minute',
    source_event_types: ['order.paid'],
    operators: [
      {
        type: 'window',
        config: { window_type: 'tumbling', size_seconds: 60 },
        aggregation: { type: 'reduce', field: 'amount', function: 'sum' },
      },
    ],
    output: 'recent',
  },
];

/** A pipeline that fails at every event that it takes: `name` is no number. */
const failing: object = {
  id: '6f0c3d0e-3f4b-4c55-9a61-000000000003',
  name: 'broken-names',
  source_event_types: ['user.created', 'user.updated'],
  operators: [{ type: 'map', field: 'name', transform: 'multiply:2' }],
};

/** Registers the schema and the pipelines of the shop; again is harmless. */
export async function prepareCore(core: LoadClient, options: { readonly withFailingPipeline: boolean }): Promise<void> {
  await post(core, '/api/v1/schemas', { subject: 'order', schema, description: 'What an order says.' });
  const wanted = options.withFailingPipeline ? [...pipelines, failing] : pipelines;
  for (const pipeline of wanted) await post(core, '/api/v1/pipelines', { ...pipeline, replace: true });
}

/** What a round is put on. */
export interface Operated {
  readonly core: LoadClient;
  readonly controlPlane: LoadClient | undefined;
  /** One payload in ten is invalid, not one in fifty. */
  readonly failures: boolean;
}

/** One round of what operators and readers do beside ingest. Errors are answers, too: they are left to the metrics. */
export async function operate({ core, controlPlane, failures }: Operated, round: number): Promise<void> {
  const entity = `order-${round % 100}`;
  const everyInvalid = failures ? 10 : 50;
  await post(core, '/api/v1/schemas/validate', {
    subject: 'order',
    payload: round % everyInvalid === everyInvalid - 1 ? { amount: 'much' } : { amount: 10, status: 'active' },
  });
  await core.call('GET', `/api/v1/entities/${entity}/state?history=false`);
  if (round % 5 === 0) await post(core, '/api/v1/snapshots', { entity_id: entity });
  if (round % 10 === 0) await post(core, '/api/v1/replay', { projection_name: 'event_counters' });
  if (round % 10 === 5) await post(core, '/api/v1/compaction/trigger', {});
  if (controlPlane === undefined) return;
  await controlPlane.call('GET', '/api/v1/cluster/status');
  await controlPlane.call('GET', '/health/core');
  if (round % 10 === 2) await post(controlPlane, '/api/v1/operations/snapshot', { entity_id: entity });
  if (round % 10 === 7) await post(controlPlane, '/api/v1/operations/replay', { entity_id: entity });
}

async function post(client: LoadClient, path: string, body: object): Promise<void> {
  await client.call('POST', path, JSON.stringify(body));
}
