import type { ArgsOf } from '../../protocol/commands.ts';
import { sendString } from '../show.ts';
import type { TalkWithMaster } from '../talk-with-master.ts';
import { ask, FAILURE, type Sayings, UNASKED } from './say.ts';

const TIMEOUT_MS = 10_000;

/** A question that any node answers, and that changes nothing. */
function question(talk: TalkWithMaster, method: string, sender = talk.part.name): ArgsOf<'dapi'> {
  const about = { nodes: null, user: null, permissions: {}, timeoutMs: TIMEOUT_MS };
  return { id: 'conform1', sender, request: { method, args: {}, type: 'local_any', ...about } };
}

export const requestSayings: Sayings<TalkWithMaster> = {
  'say.dapi': ask('dapi', (talk) => question(talk, 'cluster.status')),
  'say.dapi.unknownMethod': ask('dapi', (talk) => question(talk, 'conform.nothing_such')),
  'say.dapi.otherSender': ask('dapi', (talk) => question(talk, 'cluster.status', 'somebody-else')),
  'say.dapi_res.unasked': async (talk) => {
    const { peer, facts } = talk;
    const { takesShortAnswers } = peer.dialect.traits;
    if (!takesShortAnswers) await sendString(talk, '{}');
    const answer = takesShortAnswers ? { handle: null, text: '{}' } : { handle: facts.handle, text: null };
    peer.ask('dapi_res', { ...UNASKED, ...answer });
  },
  'say.dapi_err.unasked': ask('dapi_err', () => ({ ...UNASKED, error: FAILURE })),
  'say.sendsync.otherService': ask('sendsync', () => ({
    id: 'conform1',
    daemon: 'conform',
    message: {},
    timeoutMs: TIMEOUT_MS,
  })),
  'say.sendsyn_err.unasked': ask('sendsyn_err', () => ({ ...UNASKED, error: FAILURE })),
  'say.cancel_task.request': ask('cancel_task', () => ({ task: UNASKED.id, error: FAILURE })),
  'say.dapi_clus': ask('dapi_clus', () => ({ request: 'get_health', args: { nodes: null } })),
  'say.get_files': ask('get_files', () => ({})),
};
