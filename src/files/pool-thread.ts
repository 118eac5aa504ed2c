import { parentPort } from 'node:worker_threads';
import { MusterError } from '../protocol/errors.ts';
import { type Answer, type Call, Tools, tasks } from './tasks.ts';

/** A thread of the pool: takes calls one after the other, and answers each once. */
const tools = Tools.create();

parentPort?.on('message', async ({ id, task, args }: Call) => {
  parentPort?.postMessage(await answerOf(id, task, args));
});

async function answerOf(id: number, task: Call['task'], args: never): Promise<Answer> {
  try {
    const run = tasks[task] as (tools: Tools, args: never) => unknown;
    return { id, result: await run(await tools, args) };
  } catch (error) {
    return { id, failure: asMusterError(error).toWire() };
  }
}

/** Faults of the file system name their path themselves. */
function asMusterError(error: unknown): MusterError {
  if (error instanceof MusterError) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  return MusterError.from(error, typeof code === 'string' && syscall !== undefined ? 3119 : 1000);
}
