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
const THREADS_DEADLINE_MS = 30_000;

type Request = ProbeRequest & { id: number };
/** A thread has started. */
interface ThreadStarted {
  readonly started: number;
}
interface ThreadAnswer {
  readonly id: number;
  readonly thread: number;
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
  const started = new Set<number>();
  const takers = new Map<number, (answer: ThreadAnswer) => void>();
  threads.onmessage = ({ data }) => {
    const message = data as ThreadStarted | ThreadAnswer;
    if ('started' in message) started.add(message.started);
    else takers.get(message.id)?.(message);
  };
  process.on('message', async (request: Request) => {
    await carryOut(request);
    const { id } = request;
    const reply: ProbeReply =
      request.ask === 'loop'
        ? { id, ...loop.between(request.fromMs, request.toMs) }
        : await askThreads(request).then(
            (opens) => ({ id, opens }),
            (error: Error) => ({ id, failure: error.message }),
          );
    process.send?.(reply);
  });
  process.channel?.unref();

  function askThreads(request: Request): Promise<Record<string, number>> {
    const sums = new Map<string, number>(request.ask === 'opens' ? openedBelow(request.directory) : []);
    const missing = new Set(started);
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer);
        takers.delete(request.id);
        settle();
      };
      const timer = setTimeout(
        () => end(() => reject(new Error(`threads ${[...missing]} did not answer ${request.ask}`))),
        THREADS_DEADLINE_MS,
      );
      const endIfComplete = () => {
        if (missing.size === 0) end(() => resolve(Object.fromEntries(sums)));
      };
      takers.set(request.id, ({ thread, opens: counts }) => {
        for (const [path, count] of counts) sums.set(path, (sums.get(path) ?? 0) + count);
        missing.delete(thread);
        endIfComplete();
      });
      threads.postMessage(request);
      endIfComplete();
    });
  }
} else {
  // A thread that is made while the bench profiles is profiled from its start.
  void profile?.start();
  threads.onmessage = async ({ data }) => {
    const request = data as Request;
    if (!('ask' in request)) return; // what another thread says
    await carryOut(request);
    const counts = request.ask === 'opens' ? openedBelow(request.directory) : [];
    threads.postMessage({ id: request.id, thread: threadId, opens: counts } satisfies ThreadAnswer);
  };
  threads.postMessage({ started: threadId } satisfies ThreadStarted);
}
// Setting `onmessage` has made it hold the thread.
threads.unref();
