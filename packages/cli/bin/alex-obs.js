#!/usr/bin/env node
import { launch } from '@alex/service/launch';

await launch({ name: 'alex-obs', bin: import.meta.url, entry: 'main', run: ({ main }) => main() });
