import { MusterError } from '../../protocol/errors.ts';
import { DEFAULT_PEER_TIMEOUT_MS } from '../limits.ts';
import { type Host, TalkWithWorker } from './talk-with-worker.ts';

/**
 * Who it is, and which of these commands, that it may say by itself or not, it does not say within this time. Rejects with
 * 3023, 3028, 3030 and 3103.
 */
export async function interview(host: Host, watchMs: number, commands: readonly string[]): Promise<string[]> {
  const talk = new TalkWithWorker(host, { timeoutMs: watchMs, peerTimeoutMs: DEFAULT_PEER_TIMEOUT_MS });
  try {
    await talk.begin();
    return await unseen(talk, commands);
  } finally {
    talk.close();
  }
}

/** What it asks. Whatever it is, is answered or refused. */
async function unseen(talk: TalkWithWorker, commands: readonly string[]): Promise<string[]> {
  const left = new Set(commands);
  const untilMs = performance.now() + talk.leftMs;
  while (left.size > 0) {
    const heard = await talk.peer.next(untilMs);
    if (heard === null) break;
    if (heard.kind === 'closed')
      throw new MusterError(3103, 'the worker closed the connection when it had been accepted');
    if (heard.kind === 'trouble') throw new MusterError(3100, heard.what);
    if (heard.kind !== 'request') continue;
    left.delete(heard.command);
    if (!talk.answerAside(talk.peer, heard)) talk.peer.refuse(heard.counter, new MusterError(3109));
  }
  return [...left];
}
