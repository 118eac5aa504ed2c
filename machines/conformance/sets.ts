import { askedAgain } from './asked-again.ts';
import { conformanceContext, type Steps, setUpConformance } from './terms.ts';

export type ConformSetsEvent = Steps<
  | 'do.showNothing'
  | 'do.showAll'
  | 'do.showGarbage'
  | 'say.syn_i_w_m_p'
  | 'say.syn_i_w_m'
  | 'say.syn_i_w_m_e.again'
  | 'say.syn_i_w_m_r'
  | 'say.cancel_task'
  | 'say.cancel_task.late'
  | 'say.ok.syn_m_c'
  | 'say.ok.syn_m_c.toCancel'
  | 'say.err.syn_m_c'
  | 'say.ok.syn_m_c_e'
  | 'say.err.syn_m_c_e'
  | 'hear.ok'
  | 'hear.ok.granted'
  | 'hear.ok.refused'
  | 'hear.err.3027'
  | 'hear.new_file'
  | 'hear.syn_m_c'
  | 'hear.syn_m_c_ok'
  | 'hear.syn_m_c_e'
  | 'hear.syn_m_c_e.failed'
>;

const whenAWorkerFails = { sections: { muster: 'When W fails', wazuh4: 'What is different' } } as const;

/**
 * What a master sends to a worker that shows its files, as that worker sees it that tests it. Its files are none, or
 * those of the master; whatever it is sent it throws away. Specification: Integrity thread, stages 2 and 3.
 */
export const conformSetsMachine = setUpConformance<ConformSetsEvent>().createMachine({
  id: 'conformSets',
  context: conformanceContext,
  meta: { begins: 'session', isActive: true, sections: { muster: 'A round', wazuh4: 'What is different' } },
  initial: 'beginning',
  states: {
    beginning: {
      initial: 'idle',
      states: {
        idle: {
          on: {
            'say.syn_i_w_m_p': { guard: 'inMuster', target: 'asked' },
            // There permission is granted now and then, and not needed.
            'say.syn_i_w_m': { guard: 'inWazuh4', target: 'begun' },
          },
        },
        asked: { on: { 'hear.ok.granted': 'granted' } },
        granted: { on: { 'say.syn_i_w_m': 'begun' } },
        begun: { on: { 'hear.ok': '#conformSets.running' } },
      },
    },
    running: {
      on: {
        'do.showNothing': 'sending',
        'do.showAll': 'comparedWithAll',
        'do.showGarbage': { guard: 'inMuster', target: 'failing.unreadable' },
      },
    },
    comparedWithAll: { on: { 'hear.syn_m_c_ok': 'over' } },
    sending: {
      initial: 'comparing',
      states: {
        comparing: { on: { 'hear.syn_m_c': 'announced' } },
        announced: {
          on: {
            'say.ok.syn_m_c': 'arriving',
            'say.ok.syn_m_c.toCancel': { guard: 'inMuster', target: 'awaitingTheFirst' },
            'say.err.syn_m_c': { guard: 'inMuster', target: '#conformSets.failing.refused' },
            'say.syn_i_w_m_r': { guard: 'inMuster', target: 'givenUp' },
          },
        },
        givenUp: { on: { 'hear.ok': 'late' } },
        // Nobody waits for the answer any more.
        late: { on: { 'say.ok.syn_m_c': '#conformSets.free' } },
        awaitingTheFirst: { on: { 'hear.new_file': 'holding' } },
        holding: {
          on: {
            'say.cancel_task': '#conformSets.ending',
            'say.cancel_task.late': '#conformSets.ending',
            'say.syn_i_w_m_e.again': 'shownTwice',
          },
        },
        shownTwice: { on: { 'hear.err.3027': 'holding' } },
        // Files that come meanwhile are taken.
        arriving: { on: { 'hear.syn_m_c_e': 'sent' } },
        sent: { on: { 'say.ok.syn_m_c_e': '#conformSets.over', 'say.err.syn_m_c_e': 'notApplied' } },
        notApplied: { meta: whenAWorkerFails, on: { 'say.syn_i_w_m_r': '#conformSets.ending' } },
      },
    },
    failing: {
      initial: 'unreadable',
      states: {
        unreadable: {
          meta: { sections: { muster: 'Metadata', wazuh4: 'What is different' } },
          on: { 'hear.syn_m_c_e.failed': 'told' },
        },
        refused: { on: { 'hear.syn_m_c_e.failed': 'told' } },
        told: { on: { 'say.ok.syn_m_c_e': '#conformSets.over', 'say.syn_i_w_m_r': 'givenUp' } },
        givenUp: { on: { 'hear.ok': 'unanswered' } },
        unanswered: { on: { 'say.ok.syn_m_c_e': '#conformSets.over' } },
      },
    },
    ending: { meta: whenAWorkerFails, on: { 'hear.ok': 'free' } },
    // The master has to hear of this end first: the permission is free a moment later.
    over: {},
    // Every way out of a process leaves the permission free.
    free: { on: { 'say.syn_i_w_m_p': 'askedAgain' } },
    ...askedAgain('grantsOnceInACycle'),
  },
});
