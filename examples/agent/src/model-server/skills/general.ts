import { bestFile } from '../reading.ts';
import { ask, askAll, type Skill, type Work } from '../skill.ts';

/** Any other question: looks for its rarest words, reads the file that holds most of them and quotes the best line. */
export const lookUp: Skill = { start: (question) => quote(question) };

const common = new Set(
  'what which when where who whom whose why how does did has have had the and for our are was were is can could should would this that there with from into about many much long do we you i a an in of on to at by it its be'.split(
    ' ',
  ),
);

function* quote(question: string): Work {
  const words = keywords(question);
  if (words.length === 0) return 'Please ask about something that is in the files.';
  const results = yield* askAll(
    `I look for ${words.join(', ')}.`,
    words.map((query) => ({ name: 'search_files', arguments: { query } })),
  );
  const hits = results.filter((result) => !result.startsWith('(no hits')).join('\n');
  if (hits === '') return `I found nothing about ${words.join(', ')} in the files.`;
  // What people wrote for people says more than code does.
  const path = bestFile(hits, /\.(md|txt|csv):\d/.test(hits) ? /\.(md|txt|csv)$/ : /./);
  const text = yield* ask(`${path} says most about it.`, 'read_file', { path });
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const score = (line: string): number => words.filter((word) => line.toLowerCase().includes(word)).length;
  const best = lines.reduce((first, next) => (score(next) > score(first) ? next : first), lines[0] ?? '');
  return `According to ${path}: ${best.replace(/^[-*|>\s]+/, '').trim()}`;
}

function keywords(question: string): string[] {
  const words = question.toLowerCase().match(/[\p{L}\p{N}_-]{3,}/gu) ?? [];
  const telling = [...new Set(words)].filter((word) => !common.has(word));
  return telling.sort((a, b) => b.length - a.length).slice(0, 3);
}
