import { parentPort } from 'node:worker_threads';
import { MusterError } from '../protocol/errors.ts';
import { type Answer, type Call, columnsOf } from './calls.ts';
import { errorCode } from './ports.ts';
import { tasks } from './tasks.ts';
import { Tools } from './tools.ts';

/** A thread of the pool: takes calls one after the other, and answers each once. */
const tools = new Tools();

parentPort?.on('message', async (call: Call) => {
  const answer = await answerOf(call);
  parentPort?.postMessage(answer, 'result' in answer ? columnsOf(answer.result) : []);
});

async function answerOf({ id, task, args }: Call): Promise<Answer> {
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
