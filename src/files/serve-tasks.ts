import { MusterError } from '../protocol/errors.ts';
import { type Answer, type Call, columnsOf } from './calls.ts';
import { errorCode } from './ports.ts';
import { tasks } from './tasks.ts';
import { Tools } from './tools.ts';

/** The way to whoever asks, as a thread has it. */
export interface TaskPort {
  on(event: 'message', listener: (call: Call) => void): unknown;
  postMessage(answer: Answer, moved: readonly ArrayBuffer[]): void;
}

/** Takes calls, and answers each once. Whoever asks waits for one answer before the next call. */
export function serveTasks(port: TaskPort): void {
  const tools = new Tools();
  port.on('message', async (call) => {
    const answer = await answerOf(tools, call);
    port.postMessage(answer, 'result' in answer ? columnsOf(answer.result) : []);
  });
}

async function answerOf(tools: Tools, { id, task, args }: Call): Promise<Answer> {
  try {
    const run = tasks[task] as (tools: Tools, args: never) => unknown;
    return { id, result: await run(tools, args) };
  } catch (error) {
    return { id, failure: asMusterError(error).toWire() };
  }
}

/** What the file system refuses is 3119; it names its path itself. */
function asMusterError(error: unknown): MusterError {
  return MusterError.from(error, errorCode(error) === undefined ? 1000 : 3119);
}
