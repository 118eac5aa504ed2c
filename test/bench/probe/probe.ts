/**
 * Preloaded into the nodes of a bench (`--import`), into their threads too. The main thread answers the bench on the IPC
 * channel of the process.
 */
import { isMainThread, threadId } from 'node:worker_threads';
import { LoopRecord } from './loop-record.ts';
import { countOpens } from './open-counts.ts';
import { COUNT_OPENS, PROFILE_PREFIX, type ProbeReply, type ProbeRequest } from './protocol.ts';
import { Command, shared } from './shared.ts';
import { ThreadProfile } from './thread-profile.ts';

const POLL_MS = 20;
/** Time for the threads to write their profiles: one that is busy does so when its task has ended. */
const THREADS_DEADLINE_MS = 30_000;

const { [COUNT_OPENS]: directory, [PROFILE_PREFIX]: prefix } = process.env;
if (directory !== undefined) countOpens(directory);
const profile = prefix === undefined ? null : new ThreadProfile(`${prefix}-thread${threadId}.cpuprofile`);

async function stopThreads(): Promise<void> {
  shared.set('command', Command.stop);
  const deadlineMs = Date.now() + THREADS_DEADLINE_MS;
  while (shared.get('stopped') < shared.get('threads')) {
    if (Date.now() > deadlineMs) throw new Error('not every thread has written its profile');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function answer(request: ProbeRequest, loop: LoopRecord): Promise<Omit<ProbeReply, 'id'>> {
  switch (request.ask) {
    case 'loop':
      return loop.between(request.fromMs, request.toMs);
    case 'opens':
      return directory === undefined ? {} : { opens: shared.get('opens') };
    case 'profile-start':
      shared.set('command', Command.profile);
      await profile?.start();
      return {};
    case 'profile-stop':
      await profile?.stop();
      await stopThreads();
      return {};
  }
}

if (isMainThread) {
  const loop = new LoopRecord();
  process.on('message', async (request: (ProbeRequest & { id: number }) | { ask?: undefined }) => {
    if (request.ask === undefined) return; // for the process itself
    const reply = await answer(request, loop).catch((error: Error) => ({ failure: error.message }));
    process.send?.({ id: request.id, ...reply } satisfies ProbeReply);
  });
  process.channel?.unref();
} else if (profile !== null) {
  shared.increment('threads');
  const timer = setInterval(async () => {
    const command = shared.get('command');
    if (command === Command.profile) await profile.start();
    if (command !== Command.stop) return;
    clearInterval(timer);
    await profile.stop();
    shared.increment('stopped');
  }, POLL_MS);
  timer.unref();
}
