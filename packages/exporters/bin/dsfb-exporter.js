#!/usr/bin/env node
import { launch } from './launch.js';

await launch({ name: 'dsfb-exporter', bin: import.meta.url, exporter: 'dsfb' });
