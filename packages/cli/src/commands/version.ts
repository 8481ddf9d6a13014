import { type Command, defineCommand } from '@alex/service';
import { version } from '../version.ts';

export const command: Command = defineCommand({
  name: 'version',
  summary: 'Prints the version, also of Node.',
  examples: ['alex-obs version', 'alex-obs version --json'],
  json: true,
  run({ json, print }) {
    const versions = {
      'alex-obs': version,
      node: process.versions.node,
      platform: `${process.platform} ${process.arch}`,
    };
    if (json) print(JSON.stringify(versions));
    else for (const [name, value] of Object.entries(versions)) print(`${name.padEnd(9)} ${value}`);
  },
});
