#!/usr/bin/env node
import { launch } from './launch.js';

await launch({
  name: 'lead-factory-metrics',
  bin: import.meta.url,
  exporter: 'lead-factory',
  command: 'leadFactoryMetrics',
});
