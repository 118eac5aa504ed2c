import { MusterError } from '../../protocol/errors.ts';
import { ASK_AGAIN_MS, MAX_MISMATCHES } from '../limits.ts';
import { sendString } from '../show.ts';
import type { TalkWithWorker } from './talk-with-worker.ts';

const NO_ANSWER = 3020;
/** Of groups that nobody has. */
const OTHER_HASH = 'c0'.repeat(20);
const groups = (chunk: object) =>
  JSON.stringify({
    set_data_command: 'global set-agent-groups',
    payload: { mode: 'override', sync_status: 'synced' },
    chunks: [JSON.stringify([chunk])],
  });

/** Groups of no agents, without a checksum. */
export const sendNoGroups = (talk: TalkWithWorker): Promise<void> => sendString(talk, groups({ data: [] }));
/** The same with one that is not the worker's. */
export const sendOtherHash = (talk: TalkWithWorker): Promise<void> =>
  sendString(talk, groups({ data: [], hash: OTHER_HASH }));

/** Sends checksums that differ, until the worker asks for everything; it is for the path to hear. */
export async function differ(talk: TalkWithWorker): Promise<void> {
  const { peer } = talk;
  for (let i = 0; i < MAX_MISMATCHES; i += 1) {
    await sendOtherHash(talk);
    await talk.answerTo(peer, peer.ask('syn_g_m_w', { handles: [talk.facts.handle] }));
    const report = await talk.requestOf(peer, ['syn_w_g_e']);
    peer.reply(report.counter, 'syn_w_g_e', {});
    if (await hasAskedForAll(talk)) return;
  }
}

async function hasAskedForAll(talk: TalkWithWorker): Promise<boolean> {
  try {
    talk.peer.putBack([await talk.requestOf(talk.peer, ['syn_w_g_c'], ASK_AGAIN_MS)]);
    return true;
  } catch (error) {
    if (error instanceof MusterError && error.code === NO_ANSWER) return false;
    throw error;
  }
}
