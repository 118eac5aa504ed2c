import { conformanceContext, OUTLASTED, type Steps, setUpConformance } from './terms.ts';

export type ConformSilenceEvent = Steps<
  | 'do.fallSilent'
  | 'do.outlast'
  | 'do.showNothing'
  | 'say.syn_i_w_m_p'
  | 'say.syn_i_w_m'
  | 'say.ok.syn_m_c'
  | 'say.ok.syn_m_c.late'
  | 'say.ok.syn_m_c_e'
  | 'hear.ok'
  | 'hear.ok.granted'
  | 'hear.err.3116'
  | 'hear.syn_m_c'
  | 'hear.syn_m_c_e'
  | 'hear.syn_m_c_e.failed'
  | 'hear.cancel_task'
  | 'hear.closed'
>;

/**
 * What a master does when its worker falls silent: in a round, or with a permission that it does not use, and altogether,
 * as that worker sees it that tests it. Specification: Integrity thread, stages 1 to 3; Keep alive thread.
 */
export const conformSilenceMachine = setUpConformance<ConformSilenceEvent>().createMachine({
  id: 'conformSilence',
  context: conformanceContext,
  meta: { isPatient: true, sections: { muster: 'A round', wazuh4: 'What is different' } },
  initial: 'idle',
  states: {
    idle: {
      on: {
        'do.fallSilent': 'unheard',
        'say.syn_i_w_m_p': { guard: 'inMuster', target: 'asked' },
        // There permission is granted now and then, and not needed.
        'say.syn_i_w_m': { guard: 'inWazuh4', target: 'begun' },
      },
    },
    unheard: {
      tags: OUTLASTED,
      meta: { sections: { muster: 'Keepalives', wazuh4: 'What is different' } },
      on: { 'hear.closed': 'gone' },
    },
    asked: { on: { 'hear.ok.granted': 'granted' } },
    granted: { on: { 'do.outlast': 'fallenBack', 'say.syn_i_w_m': 'begun' } },
    fallenBack: { on: { 'say.syn_i_w_m': 'begunWithout' } },
    begunWithout: { on: { 'hear.err.3116': 'idle' } },

    begun: { on: { 'hear.ok': 'running' } },
    // It is shown no files.
    running: {
      tags: OUTLASTED,
      on: {
        'do.showNothing': { guard: 'whenActive', target: 'comparing' },
        'hear.syn_m_c_e.failed': { guard: 'inMuster', target: 'told' },
        'hear.cancel_task': { guard: 'inWazuh4', target: 'over' },
      },
    },
    told: { on: { 'say.ok.syn_m_c_e': 'over' } },
    comparing: { on: { 'hear.syn_m_c': 'announced' } },
    announced: {
      tags: OUTLASTED,
      on: { 'say.ok.syn_m_c': 'arriving', 'hear.syn_m_c_e.failed': 'toldMeanwhile' },
    },
    // Nobody waits for this answer any more.
    toldMeanwhile: { on: { 'say.ok.syn_m_c.late': 'told' } },
    // Files that come meanwhile are taken.
    arriving: { on: { 'hear.syn_m_c_e': 'sent' } },
    // An original tells that this has failed.
    sent: { on: { 'do.outlast': { guard: 'inMuster', target: 'forgotten' } } },
    forgotten: { on: { 'say.ok.syn_m_c_e': 'free' } },
    // The master has to hear of this end first: the permission is free a moment later.
    over: {},
    // It has ended, and its permission is free.
    free: { on: { 'say.syn_i_w_m_p': 'askedAgain' } },
    askedAgain: { on: { 'hear.ok.granted': 'over' } },
    gone: { type: 'final' },
  },
});
