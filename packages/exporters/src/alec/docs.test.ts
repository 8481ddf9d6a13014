import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { catalog } from './catalog.ts';
import { command } from './command.ts';
import { eventTypes } from './engine/anomaly-event.ts';

const page = readFileSync(new URL('../../../../docs/alec.md', import.meta.url), 'utf8');

it('the page names every metric, and no other', () => {
  const declared = Object.values(catalog).map(({ name }) => name as string);
  const named = new Set([...page.matchAll(/`(alec_[a-z_]+)`/g)].map(([, name]) => name!));
  expect(declared.filter((name) => !named.has(name))).toEqual([]);
  expect([...named].filter((name) => !declared.includes(name))).toEqual([]);
});

it('the page names every option and every event', () => {
  const flags = Object.keys(command.options ?? {}).map((key) =>
    key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
  );
  expect(flags.filter((flag) => !page.includes(`\`--${flag}\``))).toEqual([]);
  expect(eventTypes.filter((type) => !page.includes(`\`${type}\``))).toEqual([]);
});
