import { type Command, defineCommand } from '@alex/service';
import { type FileFinding, verifyFiles } from '../store/verify.ts';
import { storeFolder, withFiles } from './store-folder.ts';

/** `event-store verify`: reads and checks every file. */
export const verifyCommand: Command = defineCommand({
  name: 'verify',
  summary: 'Reads every file of a store and says which are damaged; exit code 1 when one is. Changes nothing.',
  examples: ['alex-obs event-store verify --data ./events', 'alex-obs event-store verify --json'],
  options: storeFolder,
  json: true,
  async run({ options: { data }, json, print }) {
    const findings = await withFiles(data, verifyFiles);
    const damaged = findings.filter(({ problem }) => problem !== undefined).length;
    if (json) print(JSON.stringify({ files: findings, damaged }));
    else {
      for (const finding of findings) print(lineOf(finding));
      print(damaged === 0 ? 'The store is whole.' : `${damaged} of ${findings.length} files are damaged.`);
    }
    return damaged > 0 ? 1 : 0;
  },
});

function lineOf({ file, events, problem, tornBytes }: FileFinding): string {
  const torn = tornBytes === 0 ? '' : `; ${tornBytes} bytes at its end are of a write that was never acknowledged`;
  return `${file}  ${events} events  ${problem ?? `whole${torn}`}`;
}
