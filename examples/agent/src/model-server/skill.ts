/** A call that the model wants to make. */
export interface PlannedCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, string>>;
}

/** One turn of the model: a short thought and the calls that follow from it, several when they do not depend on one another. */
export interface Turn {
  readonly thought: string;
  readonly calls: readonly PlannedCall[];
}

/** How a kind of question is worked on: yields turns, is given their results in order, returns the answer. */
export type Work = Generator<Turn, string, readonly string[]>;

/** What the model server knows how to do. */
export interface Skill {
  /** Starts the work when this is a question of its kind. */
  start(question: string): Work | undefined;
}

/** The work cannot go on; the message tells the user why, in words that fit behind "I could not find this out:". */
export class CannotAnswer extends Error {}

/** Plans one call and gives back its result; a result that is an error ends the work. */
export function* ask(
  thought: string,
  name: string,
  input: PlannedCall['arguments'],
): Generator<Turn, string, readonly string[]> {
  const [result] = yield { thought, calls: [{ name, arguments: input }] };
  return usable(result);
}

/** Plans several calls at once and gives back their results in order. */
export function* askAll(thought: string, calls: readonly PlannedCall[]): Generator<Turn, string[], readonly string[]> {
  const results = yield { thought, calls };
  return calls.map((_, index) => usable(results[index]));
}

/** Plans a calculation and gives back its value. */
export function* compute(thought: string, expression: string): Generator<Turn, number, readonly string[]> {
  return Number(yield* ask(thought, 'calculate', { expression }));
}

/** Whether a tool result is an error, as the agent words it. */
export function isError(result: string): boolean {
  return result.startsWith('Error: ');
}

function usable(result: string | undefined): string {
  if (result === undefined) throw new CannotAnswer('a tool gave no result');
  if (isError(result)) throw new CannotAnswer(result.slice('Error: '.length));
  return result;
}
