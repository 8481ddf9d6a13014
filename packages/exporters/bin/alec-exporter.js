#!/usr/bin/env node
import { launch } from './launch.js';

await launch({ name: 'alec-exporter', bin: import.meta.url, exporter: 'alec' });
