import { actionItems, bestFile, found, pathsOf } from '../reading.ts';
import { ask, askAll, compute, type Skill, type Work } from '../skill.ts';

/** "Who owns the action item about TOPIC?" */
export const actionItemOwner: Skill = {
  start(question) {
    const topic =
      /who (?:owns|has|is responsible for) the action item (?:about|on|for) (.+?)(?:,|\?|$| and when)/i.exec(
        question,
      )?.[1];
    return topic === undefined ? undefined : findOwner(topic);
  },
};

/** "How many action items are open, and who has the most?" */
export const openActionItems: Skill = {
  start: (question) => (/how many .*action items/i.test(question) ? countOpen() : undefined),
};

/** "How long did the incident last?" */
export const incidentDuration: Skill = {
  start: (question) => (/how long .*(incident|outage)/i.test(question) ? measureIncident() : undefined),
};

function* findOwner(topic: string): Work {
  const hits = yield* ask(`I look for ${topic} in the notes.`, 'search_files', { query: topic, path: 'notes' });
  const path = bestFile(hits);
  const notes = yield* ask('I read the notes of that meeting.', 'read_file', { path });
  const items = actionItems(notes).filter((each) => each.what.toLowerCase().includes(topic.toLowerCase()));
  const item = found(items[0], `${path} has no action item about ${topic}`);
  return `${item.owner} owns "${item.what}", due on ${item.due}${item.open ? '' : ' (done)'}. Source: ${path}.`;
}

function* countOpen(): Work {
  const list = yield* ask('I look for the meeting notes.', 'list_files', { path: 'notes' });
  const paths = pathsOf(list, /\.md$/);
  const notes = yield* askAll(
    `There are ${paths.length}. I read all of them.`,
    paths.map((path) => ({ name: 'read_file', arguments: { path } })),
  );
  const open = notes.map((text) => actionItems(text).filter((item) => item.open));
  const total = yield* compute('I count the open ones.', open.map((items) => items.length).join(' + '));
  const byOwner = Map.groupBy(open.flat(), (item) => item.owner);
  const most = Math.max(0, ...[...byOwner.values()].map((items) => items.length));
  const owners = [...byOwner].filter(([, items]) => items.length === most).map(([owner]) => owner);
  return `${total} action items are open. ${owners.join(' and ')} ${owners.length > 1 ? 'have' : 'has'} the most: ${most}.`;
}

function* measureIncident(): Work {
  const hits = yield* ask('I look for the review of the incident.', 'search_files', {
    query: 'incident',
    path: 'notes',
  });
  const path = bestFile(hits);
  const review = yield* ask('I read when it started and ended.', 'read_file', { path });
  const [startHour, startMinute] = timeAfter('Started', review);
  const [endHour, endMinute] = timeAfter('Resolved', review);
  const minutes = yield* compute(
    `It started at ${startHour}:${startMinute} and was resolved at ${endHour}:${endMinute}.`,
    `(${endHour} * 60 + ${endMinute}) - (${startHour} * 60 + ${startMinute})`,
  );
  return `The incident lasted ${minutes} minutes, from ${startHour}:${startMinute} to ${endHour}:${endMinute} UTC. Source: ${path}.`;
}

function timeAfter(label: string, review: string): readonly [string, string] {
  const [, hour = '', minute = ''] = found(
    new RegExp(`${label}: (\\d{1,2}):(\\d{2})`).exec(review) ?? undefined,
    `the review does not say when it was ${label.toLowerCase()}`,
  );
  return [hour, minute];
}
