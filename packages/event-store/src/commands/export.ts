import { type Command, defineCommand } from '@alex/service';
import { eventJson } from '../stored-event.ts';
import { mustHoldStore, storeFolder, withStore } from './store-folder.ts';

const batchSize = 1000;

/** `event-store export`: all events as lines of JSON. */
export const exportCommand: Command = defineCommand({
  name: 'export',
  summary: 'Prints every event of a store as a line of JSON, in order.',
  examples: ['alex-obs event-store export > events.jsonl', 'alex-obs event-store export --data ./events'],
  options: storeFolder,
  async run({ options: { data }, print }) {
    mustHoldStore(data);
    await withStore(data, async (store) => {
      for (let after = 0; ; ) {
        const events = store.eventsAfter(after, batchSize);
        if (events.length === 0) return;
        print(events.map(eventJson).join('\n'));
        after = events.at(-1)!.sequence;
      }
    });
  },
});
