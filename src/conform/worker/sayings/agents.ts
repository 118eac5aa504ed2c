import { answer, ask, FAILURE, NO_HANDLE, refuse, type Saying, type Sayings } from '../../sayings/say.ts';
import type { TalkWithWorker } from '../talk-with-worker.ts';

const permission = (granted: boolean): Saying<TalkWithWorker> =>
  answer(({ peer }, counter) => peer.reply(counter, 'syn_a_w_m_p', { granted }));

export const agentSayings: Sayings<TalkWithWorker> = {
  'say.ok.syn_a_w_m_p.granted': permission(true),
  'say.ok.syn_a_w_m_p.refused': permission(false),
  'say.err.syn_a_w_m_p': refuse,
  'say.ok.syn_a_w_m': answer(({ peer }, counter) =>
    peer.reply(counter, 'syn_a_w_m', { task: 'conform-agents' }),
  ),
  'say.err.syn_a_w_m': refuse,
  'say.syn_m_a_err': ask('syn_m_a_err', () => ({ error: FAILURE })),
  'say.syn_m_a_e.withErrors': ask('syn_m_a_e', () => ({
    updated_chunks: 0,
    error_messages: ['a test of conformance takes nothing'],
    time_spent: 0,
  })),

  'say.syn_g_m_w': ask('syn_g_m_w', ({ facts }) => ({ handles: [facts.handle] })),
  'say.syn_g_m_w.unknown': ask('syn_g_m_w', () => ({ handles: [NO_HANDLE] })),
  'say.syn_g_m_w_c': ask('syn_g_m_w_c', ({ facts }) => ({ handles: [facts.handle] })),
  'say.syn_g_m_w_c.unknown': ask('syn_g_m_w_c', () => ({ handles: [NO_HANDLE] })),
  'say.ok.syn_w_g_c': answer(({ peer }, counter) => peer.reply(counter, 'syn_w_g_c', {})),
};
