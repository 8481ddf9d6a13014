import type { Catalog } from '@alex/openmetrics';

/** What the local servers say about their own requests. */
export const catalog = {
  requests: {
    type: 'counter',
    name: 'local_server.http.requests',
    unit: '{request}',
    help: 'HTTP requests by route and status.',
    labelNames: ['method', 'route', 'status'],
  },
  duration: {
    type: 'histogram',
    name: 'local_server.http.duration',
    unit: 's',
    help: 'Time until the answer began.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
  },
} as const;
catalog satisfies Catalog;
