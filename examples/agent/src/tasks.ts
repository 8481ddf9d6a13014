/** A question about the workspace whose answer can be checked. */
export interface AgentTask {
  readonly id: string;
  readonly question: string;
  /** What a right answer contains, case and thousands separators aside; `a|b` is either of the two. */
  readonly expected: readonly string[];
}

/** Questions that need two to five steps each. */
export const tasks: readonly AgentTask[] = [
  {
    id: 'vendor-total',
    question: 'How much did we pay Quarry Analytics in October 2026, according to the paid invoices?',
    expected: ['1724.12'],
  },
  {
    id: 'costliest-vendor',
    question: 'Which vendor did we pay the most in October 2026, counting paid invoices only, and how much was it?',
    expected: ['Pelican Payments', '8242.57'],
  },
  {
    id: 'plan-price',
    question: 'What do 12 seats of the Team plan cost for a year with annual billing?',
    expected: ['3549.60'],
  },
  {
    id: 'most-errors',
    question: 'Which service logged the most errors on 14 October 2026, and how many?',
    expected: ['checkout', '8'],
  },
  {
    id: 'response-time',
    question: 'What was the average response time of search on 14 October 2026, in milliseconds with one decimal?',
    expected: ['256.4'],
  },
  {
    id: 'service-level',
    question:
      'Does checkout meet the error rate of its service level objective right now? Compare with GET /status/checkout.',
    expected: ['no|not', '13.79'],
  },
  {
    id: 'lost-revenue',
    question:
      'How much revenue did the failed checkout orders (POST /checkout) on 14 October 2026 cost us at the average order value?',
    expected: ['285'],
  },
  {
    id: 'action-item-owner',
    question: 'Who owns the action item about rate limits, and when is it due?',
    expected: ['Mara Lindqvist', '2026-11-03'],
  },
  {
    id: 'open-action-items',
    question: 'How many action items are open in all meeting notes, and who has the most of them?',
    expected: ['6', 'Mara Lindqvist', 'Tomas Okafor'],
  },
  {
    id: 'incident-duration',
    question: 'How long did the incident of 14 October 2026 last, in minutes?',
    expected: ['45'],
  },
  {
    id: 'rollback',
    question: 'Which command rolls back a failed deployment?',
    expected: ['harbour rollback'],
  },
];

/** Whether an answer contains all that is expected, each as a whole word or number. */
export function isCorrect(task: AgentTask, answer: string): boolean {
  const given = normalise(answer);
  return task.expected.every((part) => {
    const wanted = normalise(part).replace(/[.*+?^${}()[\]\\]/g, '\\$&');
    return new RegExp(`(?<![\\p{L}\\p{N}])(${wanted})(?![\\p{L}\\p{N}])`, 'u').test(given);
  });
}

function normalise(text: string): string {
  return text.toLowerCase().replace(/(?<=\d),(?=\d{3})/g, '');
}
