import { closeSync, copyFileSync, existsSync, fsyncSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, CommandError, defineCommand } from '@alex/service';
import { makeFolder, syncFolder } from '../log/disk-files.ts';
import { verifyFiles } from '../store/verify.ts';
import { storeFolder, withFiles } from './store-folder.ts';

/** `event-store backup`: a copy of a store that nobody writes to. */
export const backupCommand: Command = defineCommand({
  name: 'backup',
  summary: 'Copies a store, verified, to a folder that does not exist yet. To restore it is to copy it back.',
  examples: ['alex-obs event-store backup ./backup-monday --data ./events'],
  arguments: [{ name: 'to', description: 'Folder of the copy.' }],
  options: storeFolder,
  async run({ options: { data }, arguments: { to }, print }) {
    if (existsSync(to)) throw new CommandError(`${to} exists already`);
    await withFiles(data, async (files) => {
      const findings = await verifyFiles(files);
      const bad = findings.find(({ problem }) => problem !== undefined);
      if (bad) throw new CommandError(`${bad.file}: ${bad.problem}. Nothing was copied.`);
      await makeFolder(to);
      const names = files.list().filter((name) => !name.startsWith('LOCK') && !name.endsWith('.new'));
      for (const name of names) copyDurably(join(data, name), join(to, name));
      await syncFolder(to);
      const events = findings.reduce((sum, finding) => sum + finding.events, 0);
      print(`Copied ${events} events in ${names.length} ${names.length === 1 ? 'file' : 'files'} to ${to}`);
    });
  },
});

function copyDurably(from: string, to: string): void {
  copyFileSync(from, to);
  const descriptor = openSync(to, 'r+');
  fsyncSync(descriptor);
  closeSync(descriptor);
}
