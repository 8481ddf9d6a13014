import { chance } from './chance.ts';
import { type ChatRequest, readProgress } from './conversation.ts';
import { isError, type PlannedCall, type Skill, type Turn, type Work } from './skill.ts';
import { costliestVendor, planPrice, vendorTotal } from './skills/billing.ts';
import { lookUp } from './skills/general.ts';
import { actionItemOwner, incidentDuration, openActionItems } from './skills/notes.ts';
import { lostRevenue, mostErrors, responseTime, serviceLevel } from './skills/operations.ts';

/** What the model says next: text, and calls unless the text is the answer. */
export interface Decision {
  readonly text: string;
  readonly calls: readonly PlannedCall[];
}

export interface PlannerOptions {
  readonly seed: number;
  /** Share of sessions in which the model first asks for a file by a wrong name. */
  readonly slipRate: number;
}

const skills: readonly Skill[] = [
  lostRevenue,
  vendorTotal,
  costliestVendor,
  planPrice,
  mostErrors,
  responseTime,
  serviceLevel,
  actionItemOwner,
  openActionItems,
  incidentDuration,
  lookUp,
];

/**
 * Decides the next step from the conversation alone: the work on the question is started anew and fed with the tool
 * results that the conversation holds. Everything in an answer comes from those results.
 */
export function decide(request: ChatRequest, options: PlannerOptions): Decision {
  const { question, turns } = readProgress(request.messages);
  const offered = new Set(request.tools?.flatMap((tool) => (tool.type === 'function' ? [tool.function.name] : [])));
  if (request.tool_choice === 'none') offered.clear();
  const slips = chance(options.seed, 'slip', request.user ?? '', question) < options.slipRate;
  try {
    const work = carefully(start(question), slips);
    let next = work.next();
    for (const results of turns) if (!next.done) next = work.next(results);
    if (next.done) return { text: next.value, calls: [] };
    const missing = next.value.calls.find((call) => !offered.has(call.name));
    if (missing !== undefined) return { text: `I would need the tool ${missing.name} for this.`, calls: [] };
    return { text: next.value.thought, calls: next.value.calls };
  } catch (error) {
    return { text: `I could not find this out: ${error instanceof Error ? error.message : error}.`, calls: [] };
  }
}

function start(question: string): Work {
  for (const skill of skills) {
    const work = skill.start(question);
    if (work !== undefined) return work;
  }
  throw new Error('there is no question');
}

/** Does the work, makes the slip where one is due, and tries a request that failed once more. */
function* carefully(work: Work, slips: boolean): Work {
  let next = work.next();
  while (!next.done) {
    let turn = next.value;
    const wrong = slips ? misnamed(turn) : undefined;
    if (wrong !== undefined) {
      slips = false;
      yield { thought: turn.thought, calls: [wrong] };
      turn = { ...turn, thought: `There is no ${wrong.arguments['path']}: I need the whole path.` };
    }
    let results = yield turn;
    if (results.some((result, index) => isError(result) && turn.calls[index]?.name === 'http_get')) {
      results = yield { thought: 'The gateway did not answer well. I try once more.', calls: turn.calls };
    }
    next = work.next(results);
  }
  return next.value;
}

/** The same call with a plausible but wrong path, when the turn reads one file. */
function misnamed({ calls }: Turn): PlannedCall | undefined {
  const [call, another] = calls;
  const path = call?.arguments['path'];
  if (call?.name !== 'read_file' || another !== undefined || path === undefined) return undefined;
  return {
    name: call.name,
    arguments: { path: path.split('/').at(-1) === path ? `files/${path}` : path.split('/').at(-1)! },
  };
}
