import { setup } from 'xstate';
import {
  type ConformanceInput,
  type ConformanceMeta,
  conformanceContext,
  type Steps,
  spokenGuards,
} from './terms.ts';

export type ConformIntegrityEvent = Steps<
  | 'do.showNothing'
  | 'do.showAll'
  | 'do.showGarbage'
  | 'say.syn_i_w_m_p'
  | 'say.syn_i_w_m_p.inStep'
  | 'say.syn_i_w_m'
  | 'say.syn_i_w_m_e.unknown'
  | 'say.syn_i_w_m_e.again'
  | 'say.syn_i_w_m_r'
  | 'say.syn_i_w_m_r.unknown'
  | 'say.cancel_task'
  | 'say.cancel_task.unknown'
  | 'say.cancel_task.late'
  | 'say.ok.syn_m_c'
  | 'say.ok.syn_m_c.toCancel'
  | 'say.err.syn_m_c'
  | 'say.ok.syn_m_c_e'
  | 'say.err.syn_m_c_e'
  | 'hear.ok'
  | 'hear.ok.granted'
  | 'hear.ok.refused'
  | 'hear.ok.inStep'
  | 'hear.err.3027'
  | 'hear.err.3116'
  | 'hear.new_file'
  | 'hear.syn_m_c'
  | 'hear.syn_m_c_ok'
  | 'hear.syn_m_c_e'
  | 'hear.syn_m_c_e.failed'
>;

/**
 * The integrity of one worker, as that worker sees it while it tests its master. Its files are none, or those of the
 * master; whatever it is sent it throws away. Specification: Integrity thread, stages 1 to 3.
 */
export const conformIntegrityMachine = setup({
  types: {
    context: {} as ConformanceInput,
    input: {} as ConformanceInput,
    events: {} as ConformIntegrityEvent,
    meta: {} as ConformanceMeta,
  },
  guards: spokenGuards,
}).createMachine({
  id: 'conformIntegrity',
  context: conformanceContext,
  meta: { begins: 'session', sections: { muster: 'A round', wazuh4: 'What is different' } },
  initial: 'idle',
  states: {
    idle: {
      on: {
        'say.syn_i_w_m_p': 'asked',
        'say.syn_i_w_m_p.inStep': { guard: 'inMuster', target: 'askedInStep' },
        'say.syn_i_w_m': 'begunWithout',
        'say.syn_i_w_m_e.unknown': 'misdirected',
        'say.syn_i_w_m_r': 'givenUpNothing',
      },
    },
    asked: {
      on: {
        'hear.ok.granted': 'granted',
        'hear.ok.refused': { guard: 'grantsOnceInACycle', target: 'idle' },
      },
    },
    askedInStep: { on: { 'hear.ok.inStep': 'idle' } },
    begunWithout: {
      on: {
        'hear.err.3116': { guard: 'inMuster', target: 'idle' },
        'hear.ok': { guard: 'inWazuh4', target: 'running' },
      },
    },
    misdirected: { on: { 'hear.err.3027': 'idle' } },
    givenUpNothing: { on: { 'hear.ok': 'idle' } },
    granted: {
      on: {
        'say.syn_i_w_m': 'begun',
        'say.syn_i_w_m_p': { guard: 'inMuster', target: 'asked' },
        'say.syn_i_w_m_p.inStep': { guard: 'inMuster', target: 'askedInStep' },
      },
    },
    begun: { on: { 'hear.ok': 'running' } },
    running: {
      on: {
        'say.syn_i_w_m_p': 'askedWhileRunning',
        'say.syn_i_w_m': 'begunTwice',
        'say.syn_i_w_m_e.unknown': 'misdirectedWhileRunning',
        'say.syn_i_w_m_r': 'givenUp',
        'say.syn_i_w_m_r.unknown': 'misdirectedEnd',
        'say.cancel_task.unknown': 'misdirectedEnd',
        'do.showNothing': { guard: 'whenActive', target: 'comparedWithNothing' },
        'do.showAll': { guard: 'whenActive', target: 'comparedWithAll' },
        'do.showGarbage': { guard: 'inMusterWhenActive', target: 'unreadable' },
      },
    },
    askedWhileRunning: { on: { 'hear.ok.refused': 'running' } },
    begunTwice: {
      on: {
        'hear.err.3116': 'running',
        'hear.ok': { guard: 'beginsBesides', target: 'running' },
      },
    },
    misdirectedWhileRunning: { on: { 'hear.err.3027': 'running' } },
    misdirectedEnd: { on: { 'hear.ok': 'running' } },
    givenUp: {
      meta: { sections: { muster: 'When W fails', wazuh4: 'What is different' } },
      on: { 'hear.ok': 'free' },
    },
    comparedWithAll: { on: { 'hear.syn_m_c_ok': 'free' } },
    unreadable: {
      meta: { sections: { muster: 'Metadata', wazuh4: 'What is different' } },
      on: { 'hear.syn_m_c_e.failed': 'failed' },
    },
    failed: { on: { 'say.ok.syn_m_c_e': 'free', 'say.syn_i_w_m_r': 'givenUpWhatFailed' } },
    givenUpWhatFailed: { on: { 'hear.ok': 'failedAndGivenUp' } },
    failedAndGivenUp: { on: { 'say.ok.syn_m_c_e': 'free' } },
    comparedWithNothing: { on: { 'hear.syn_m_c': 'announced' } },
    announced: {
      on: {
        'say.ok.syn_m_c': 'arriving',
        'say.ok.syn_m_c.toCancel': { guard: 'inMuster', target: 'awaitingTheFirst' },
        'say.err.syn_m_c': { guard: 'inMuster', target: 'refused' },
        'say.syn_i_w_m_r': { guard: 'inMuster', target: 'givenUpUnanswered' },
      },
    },
    givenUpUnanswered: { on: { 'hear.ok': 'late' } },
    // Nobody waits for the answer any more.
    late: { on: { 'say.ok.syn_m_c': 'answeredLate' } },
    answeredLate: { on: { 'say.syn_i_w_m_p': 'askedAgain' } },
    refused: { on: { 'hear.syn_m_c_e.failed': 'failed' } },
    // Files that come meanwhile are taken.
    arriving: { on: { 'hear.syn_m_c_e': 'sent' } },
    awaitingTheFirst: { on: { 'hear.new_file': 'holding' } },
    holding: {
      on: {
        'say.cancel_task': 'cancelled',
        'say.cancel_task.late': 'cancelled',
        'say.syn_i_w_m_e.again': 'shownTwice',
      },
    },
    shownTwice: { on: { 'hear.err.3027': 'holding' } },
    cancelled: {
      meta: { sections: { muster: 'When W fails', wazuh4: 'What is different' } },
      on: { 'hear.ok': 'free' },
    },
    sent: { on: { 'say.ok.syn_m_c_e': 'free', 'say.err.syn_m_c_e': 'notApplied' } },
    notApplied: {
      meta: { sections: { muster: 'When W fails', wazuh4: 'What is different' } },
      on: { 'say.syn_i_w_m_r': 'givenUp' },
    },
    // Every way out of a process leaves the permission free.
    free: { on: { 'say.syn_i_w_m_p': 'askedAgain' } },
    askedAgain: {
      on: {
        'hear.ok.granted': 'granted',
        'hear.ok.refused': { guard: 'grantsOnceInACycle', target: 'idle' },
      },
    },
  },
});
