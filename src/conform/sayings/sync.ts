import type { TalkWithMaster } from '../talk-with-master.ts';
import {
  answer,
  answerLate,
  ask,
  EMPTY_MAP,
  FAILURE,
  isMuster,
  NO_HANDLE,
  NO_JSON,
  NO_TASK,
  raw,
  refuse,
  type Sayings,
  TASK,
} from './say.ts';

const TOO_LATE = { code: 3039, detail: 'a test of conformance' };
const STORED = { task: TASK, updated_chunks: 1, error_messages: [], time_spent: 0 };
const replyTask = ({ peer }: TalkWithMaster, counter: number) =>
  peer.reply(counter, 'syn_m_c', { task: TASK });
const takeAnnouncement = answer(replyTask);

export const syncSayings: Sayings<TalkWithMaster> = {
  'say.syn_i_w_m_p': ask('syn_i_w_m_p', () => ({ digest: null })),
  'say.syn_i_w_m_p.inStep': ask('syn_i_w_m_p', ({ master }) => ({ digest: master.digest })),
  'say.syn_i_w_m': ask('syn_i_w_m', () => ({})),
  'say.syn_i_w_m_e.unknown': ask('syn_i_w_m_e', () => ({ task: NO_TASK, file: 'conform.meta' })),
  'say.syn_i_w_m_e.again': ask('syn_i_w_m_e', ({ facts }) => ({ task: facts.task, file: 'conform.meta' })),
  'say.syn_i_w_m_r': ask('syn_i_w_m_r', () => ({ task: null, error: FAILURE })),
  'say.syn_i_w_m_r.unknown': ask('syn_i_w_m_r', () => ({ task: NO_TASK, error: FAILURE })),
  'say.cancel_task': ask('cancel_task', ({ facts }) => ({ task: facts.task, error: FAILURE })),
  // By this code a master hears that it sent more than there was time for.
  'say.cancel_task.late': ask('cancel_task', ({ facts }) => ({ task: facts.task, error: TOO_LATE })),
  'say.cancel_task.unknown': ask('cancel_task', () => ({ task: NO_TASK, error: FAILURE })),
  'say.ok.syn_m_c': takeAnnouncement,
  'say.ok.syn_m_c.toCancel': takeAnnouncement,
  'say.ok.syn_m_c.late': answerLate(replyTask),
  'say.err.syn_m_c': refuse,
  'say.ok.syn_m_c_e': answer(({ peer }, counter) => peer.reply(counter, 'syn_m_c_e', {})),
  'say.err.syn_m_c_e': refuse,

  'say.syn_a_w_m_p': ask('syn_a_w_m_p', () => ({})),
  'say.syn_a_w_m': ask('syn_a_w_m', ({ facts }) => ({ handle: facts.handle })),
  'say.syn_a_w_m.unknown': ask('syn_a_w_m', () => ({ handle: NO_HANDLE })),

  'say.syn_w_g_c': ask('syn_w_g_c', () => ({})),
  'say.syn_w_g_e': ask('syn_w_g_e', () => ({ ...STORED, task: NO_TASK, matches: true })),
  'say.syn_w_g_err': ask('syn_w_g_err', () => ({ task: NO_TASK, error: FAILURE })),
  'say.syn_w_g_e.malformed': raw('syn_w_g_e', (talk) => (isMuster(talk) ? EMPTY_MAP : Buffer.from(NO_JSON))),
  'say.ok.syn_g_m_w_c': answer(({ peer }, counter) => peer.reply(counter, 'syn_g_m_w_c', { task: TASK })),
  'say.err.syn_g_m_w_c': refuse,
  'say.syn_wgc_e': ask('syn_wgc_e', () => ({ ...STORED, matches: true, differing: null })),
  'say.syn_wgc_e.differs': ask('syn_wgc_e', () => ({ ...STORED, matches: false, differing: null })),
  'say.syn_wgc_err': ask('syn_wgc_err', () => ({ task: TASK, error: FAILURE })),
};
