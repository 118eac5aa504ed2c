import { roundAfter } from './round.ts';
import { conformanceContext, type Steps, setUpConformance } from './terms.ts';

export type ConformWorkerRoundsEvent = Steps<
  | 'say.echo'
  | 'say.err.new_file'
  | 'say.err.syn_i_w_m'
  | 'say.err.syn_i_w_m_e'
  | 'say.ok.syn_i_w_m'
  | 'say.ok.syn_i_w_m.toRefuse'
  | 'say.ok.syn_i_w_m_e'
  | 'say.ok.syn_i_w_m_p.granted'
  | 'say.syn_m_c'
  | 'say.syn_m_c_e.failed'
  | 'say.syn_m_c_e.unannounced'
  | 'say.syn_m_c_ok'
  | 'hear.new_file'
  | 'hear.ok'
  | 'hear.syn_i_w_m'
  | 'hear.syn_i_w_m_e'
  | 'hear.syn_i_w_m_p'
  | 'hear.syn_i_w_m_r'
>;

const verdicts = {
  'say.syn_m_c_ok': 'ending',
  'say.syn_m_c_e.unannounced': 'ending',
  'say.syn_m_c': 'announced',
} as const;

/**
 * A round of a worker that has permission, as a master sees it that tests it: its list of files, and every verdict. It is
 * sent no set. Specification: Integrity thread, stages 2 and 3.
 */
export const conformWorkerRoundsMachine = setUpConformance<ConformWorkerRoundsEvent>().createMachine({
  id: 'conformWorkerRounds',
  context: conformanceContext,
  meta: { of: 'worker', sections: { muster: 'A round', wazuh4: 'What is different' } },
  initial: 'asking',
  states: {
    asking: {
      initial: 'awaited',
      states: {
        awaited: { on: { 'hear.syn_i_w_m_p': 'asked' } },
        asked: { on: { 'say.ok.syn_i_w_m_p.granted': 'granted' } },
        granted: { on: { 'hear.syn_i_w_m': '#conformWorkerRounds.begun' } },
      },
    },
    begun: {
      on: {
        'say.ok.syn_i_w_m': 'showing',
        'say.ok.syn_i_w_m.toRefuse': { guard: 'inMuster', target: 'toRefuse' },
        'say.err.syn_i_w_m': 'failing',
        // An original goes on.
        'say.syn_m_c_e.unannounced': { guard: 'inMuster', target: 'early.ended' },
      },
    },
    toRefuse: { on: { 'hear.new_file': 'offered' } },
    offered: { on: { 'say.err.new_file': 'failing', 'say.syn_m_c_e.unannounced': 'ending' } },
    showing: {
      meta: { sections: { muster: 'Metadata', wazuh4: 'Paths and packages' } },
      on: {
        'hear.syn_i_w_m_e': 'shown',
        // An original goes on.
        'say.syn_m_c_e.unannounced': { guard: 'inMuster', target: 'ending' },
      },
    },
    shown: {
      on: {
        'say.ok.syn_i_w_m_e': 'compared',
        // An original takes no notice.
        'say.err.syn_i_w_m_e': { guard: 'inMuster', target: 'failing' },
        'say.syn_m_c_ok': 'early.decided',
        'say.syn_m_c_e.unannounced': 'early.decided',
        'say.syn_m_c': 'early.announced',
      },
    },
    // What the master tells may overtake its reply.
    early: {
      initial: 'ended',
      states: {
        ended: { on: { 'hear.ok': 'unbegun' } },
        unbegun: { on: { 'say.ok.syn_i_w_m': '#conformWorkerRounds.over' } },
        decided: { on: { 'hear.ok': 'unanswered' } },
        unanswered: { on: { 'say.ok.syn_i_w_m_e': '#conformWorkerRounds.over' } },
        announced: { on: { 'hear.ok': 'unansweredSet' } },
        unansweredSet: { on: { 'say.ok.syn_i_w_m_e': '#conformWorkerRounds.awaiting' } },
      },
    },
    compared: { on: { ...verdicts, 'say.echo': 'askedMeanwhile' } },
    // A verdict that comes later, when the worker does nothing but wait for it.
    askedMeanwhile: { on: { 'hear.ok': 'waiting' } },
    waiting: { on: verdicts },
    announced: { on: { 'hear.ok': 'awaiting' } },
    awaiting: { on: { 'say.syn_m_c_e.failed': 'ending' } },
    ending: { on: { 'hear.ok': 'over' } },
    ...roundAfter,
  },
});
