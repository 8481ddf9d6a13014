import type { Catalog } from '@alex/openmetrics';

export const catalog = {} as const;
catalog satisfies Catalog;
