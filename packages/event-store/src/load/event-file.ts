import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { CommandError } from '@alex/service';
import type { NewEvent } from '../event.ts';
import { parseExact } from '../json/exact.ts';

/**
 * The events of a file, one JSON object a line; as JSON they have the numbers that stand there, digit by digit.
 * Throws CommandError with the line that is none.
 */
export async function readEventFile(file: string): Promise<NewEvent[]> {
  if (!existsSync(file)) throw new CommandError(`There is no file ${file}`);
  const events: NewEvent[] = [];
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    number++;
    if (line.trim() === '') continue;
    try {
      events.push(eventOf(line));
    } catch (error) {
      throw new CommandError(`${file}, line ${number}: ${(error as Error).message}`);
    }
  }
  return events;
}

function eventOf(line: string): NewEvent {
  const event = parseExact(line);
  if (typeof event !== 'object' || event === null || Array.isArray(event)) throw new Error('it is no JSON object');
  return event as NewEvent;
}
