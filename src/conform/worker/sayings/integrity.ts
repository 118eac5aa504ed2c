import {
  answer,
  answerLate,
  ask,
  FAILURE,
  NO_TASK,
  refuse,
  type Saying,
  type Sayings,
} from '../../sayings/say.ts';
import { manifestName } from '../sets.ts';
import type { TalkWithWorker } from '../talk-with-worker.ts';

/** A digest that no set has. */
const OTHER_DIGEST = 'c0'.repeat(64);
const give =
  (reply: { granted: boolean; inStep: boolean }) =>
  ({ peer }: TalkWithWorker, counter: number) =>
    peer.reply(counter, 'syn_i_w_m_p', { ...reply, digest: OTHER_DIGEST });
const GRANTED = { granted: true, inStep: false };
const begin: Saying<TalkWithWorker> = answer((talk: TalkWithWorker, counter) =>
  talk.peer.reply(counter, 'syn_i_w_m', { task: talk.beginRound() }),
);
const announce = (missing: number, extra: number): Saying<TalkWithWorker> =>
  ask('syn_m_c', ({ masterTask }: TalkWithWorker) => ({
    task: masterTask,
    missing,
    shared: 0,
    extra,
    files: missing,
    bytes: missing,
  }));

export const integritySayings: Sayings<TalkWithWorker> = {
  'say.syn_i_m_w': ask('syn_i_m_w', () => ({ digest: OTHER_DIGEST })),
  'say.ok.syn_i_w_m_p.granted': answer(give(GRANTED)),
  'say.ok.syn_i_w_m_p.late': answerLate(give(GRANTED)),
  'say.ok.syn_i_w_m_p.refused': answer(give({ granted: false, inStep: false })),
  'say.ok.syn_i_w_m_p.inStep': answer(give({ granted: false, inStep: true })),
  'say.err.syn_i_w_m_p': refuse,
  'say.ok.syn_i_w_m': begin,
  'say.ok.syn_i_w_m.toRefuse': begin,
  'say.err.syn_i_w_m': refuse,
  'say.err.new_file': refuse,
  'say.ok.syn_i_w_m_e': answer(({ peer }, counter) => peer.reply(counter, 'syn_i_w_m_e', {})),
  'say.err.syn_i_w_m_e': refuse,
  'say.syn_m_c_ok': ask('syn_m_c_ok', ({ masterTask }: TalkWithWorker) => ({ task: masterTask })),
  'say.syn_m_c': announce(0, 0),
  'say.syn_m_c.toAdd': announce(1, 0),
  'say.syn_m_c.toRemove': announce(0, 1),
  'say.syn_m_c_e': ask('syn_m_c_e', (talk: TalkWithWorker) => ({
    task: talk.facts.task,
    file: manifestName(talk),
    error: null,
  })),
  'say.syn_m_c_e.failed': ask('syn_m_c_e', ({ facts }) => ({ task: facts.task, file: null, error: FAILURE })),
  'say.syn_m_c_e.unannounced': ask('syn_m_c_e', () => ({ task: null, file: null, error: FAILURE })),
  'say.syn_m_c_e.unknown': ask('syn_m_c_e', (talk: TalkWithWorker) => ({
    task: NO_TASK,
    file: manifestName(talk),
    error: null,
  })),
};
