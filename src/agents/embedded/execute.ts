import { near, parseCommand, parseRequest } from '../wdb-grammar.ts';
import { CommandError } from './arguments.ts';
import type { Answered, Command } from './command.ts';
import { globalCommands } from './commands/table.ts';
import type { AgentDatabase } from './database.ts';
import { jsonAnswer, otherActorAnswer } from './other-actors.ts';

/**
 * Carries out requests in their order, in as few transactions as their kinds allow. What has been answered is in the
 * file: if the transaction fails in the end, everything that wrote in it is answered `err`. After this time no further
 * request is begun: those without an answer are for the next call.
 */
export function execute(
  database: AgentDatabase,
  requests: readonly string[],
  maxMs = Number.POSITIVE_INFINITY,
): string[] {
  const deadlineMs = performance.now() + maxMs;
  const answers: string[] = [];
  /** Answers that hold only if the transaction does. */
  let unsettled: number[] = [];
  const settle = () => {
    try {
      database.end();
    } catch (error) {
      for (const index of unsettled) answers[index] = failureAnswer(error);
    }
    unsettled = [];
  };
  for (const [index, request] of requests.entries()) {
    const { command, args, answer, wantsLineFeed } = prepare(database, request);
    if (command?.access === 'alone') settle();
    const text = command === null ? answer : run(database, command, args);
    answers.push(wantsLineFeed ? `${text}\n` : text);
    if (command !== null && command.access !== 'alone') unsettled.push(index);
    if (performance.now() > deadlineMs) break;
  }
  settle();
  return answers;
}

interface Prepared {
  /** Null if there is nothing to be carried out. */
  readonly command: Command | null;
  readonly args: string;
  /** What is answered where there is no command. */
  readonly answer: string;
  readonly wantsLineFeed: boolean;
}

function prepare(database: AgentDatabase, text: string): Prepared {
  const request = parseRequest(text);
  const refused = (answer: string): Prepared => ({
    command: null,
    args: '',
    answer,
    wantsLineFeed: request?.wantsLineFeed ?? false,
  });
  if (request === null) return refused(`err Invalid DB query syntax, ${near(text.trim())}`);
  if (request.actor === '{') return refused(jsonAnswer(request.rest));
  if (request.actor !== 'global') return refused(otherActorAnswer(database, request));
  const { name, args } = parseCommand(request.rest);
  const command = globalCommands[name];
  if (command === undefined || (command.args === 'required' && args === null)) {
    return refused(`err Invalid DB query syntax, ${near(name)}`);
  }
  return { command, args: args ?? '', answer: '', wantsLineFeed: request.wantsLineFeed };
}

function run(database: AgentDatabase, command: Command, args: string): string {
  if (command.access !== 'read' && !command.keepsProfiles) database.heldProfiles.clear();
  try {
    if (command.access === 'write') database.beginWrite();
    else if (command.access === 'read') database.beginRead();
    else return answerText(database.takeCare(() => command.run(database, args)));
    return answerText(command.run(database, args));
  } catch (error) {
    return failureAnswer(error);
  }
}

const answerText = ({ status, payload }: Answered) => (payload === null ? status : `${status} ${payload}`);

function failureAnswer(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  if (error instanceof CommandError) return `err ${words}`;
  return `err Cannot execute Global database query; ${words}`;
}
