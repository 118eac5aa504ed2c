/**
 * Preloaded into the nodes of a bench (`--import`), into their threads too. The main thread answers the bench on the IPC
 * channel of the process; the threads answer the main thread.
 */
import { BroadcastChannel, isMainThread, threadId } from 'node:worker_threads';
import { LoopRecord } from './loop-record.ts';
import { OpenCounts } from './open-counts.ts';
import {
  COUNT_OPENS,
  PROFILE_PREFIX,
  type ProbeReply,
  type ProbeRequest,
  THREADS_CHANNEL,
} from './protocol.ts';
import { ThreadProfile } from './thread-profile.ts';

/** Time for the threads to answer: one that is busy answers when its task has ended. */
const THREADS_ANSWER_MS = 300;

type Request = ProbeRequest & { id: number };
interface ThreadAnswer {
  readonly id: number;
  readonly opens: [path: string, count: number][];
}

const opens = process.env[COUNT_OPENS] === undefined ? null : new OpenCounts();
const prefix = process.env[PROFILE_PREFIX];
const profile = prefix === undefined ? null : new ThreadProfile(`${prefix}-thread${threadId}.cpuprofile`);
const threads = new BroadcastChannel(THREADS_CHANNEL);

async function carryOut(request: ProbeRequest): Promise<void> {
  if (request.ask === 'forget-opens') opens?.clear();
  if (request.ask === 'profile-start') await profile?.start();
  if (request.ask === 'profile-stop') await profile?.stop();
}

const openedBelow = (directory: string) =>
  [...(opens?.all ?? [])].filter(([path]) => path.startsWith(directory));

if (isMainThread) {
  const loop = new LoopRecord();
  const pending = new Map<number, (answer: ThreadAnswer) => void>();
  threads.onmessage = ({ data }) => {
    if ('opens' in (data as object)) pending.get((data as ThreadAnswer).id)?.(data as ThreadAnswer);
  };
  process.on('message', async (request: Request) => {
    await carryOut(request);
    const reply: ProbeReply =
      request.ask === 'loop'
        ? { id: request.id, delaysMs: loop.between(request.fromMs, request.toMs) }
        : { id: request.id, opens: await askThreads(request) };
    process.send?.(reply);
  });
  process.channel?.unref();

  async function askThreads(request: Request): Promise<Record<string, number>> {
    const sums = new Map<string, number>(request.ask === 'opens' ? openedBelow(request.directory) : []);
    pending.set(request.id, ({ opens: counts }) => {
      for (const [path, count] of counts) sums.set(path, (sums.get(path) ?? 0) + count);
    });
    threads.postMessage(request);
    await new Promise((resolve) => setTimeout(resolve, THREADS_ANSWER_MS));
    pending.delete(request.id);
    return Object.fromEntries(sums);
  }
} else {
  // A thread that is made while the bench profiles is profiled from its start.
  void profile?.start();
  threads.onmessage = async ({ data }) => {
    const request = data as Request;
    await carryOut(request);
    const counts = request.ask === 'opens' ? openedBelow(request.directory) : [];
    threads.postMessage({ id: request.id, opens: counts } satisfies ThreadAnswer);
  };
}
// Setting `onmessage` has made it hold the thread.
threads.unref();
