import { askedAgain } from './asked-again.ts';
import { conformanceContext, type Steps, setUpConformance } from './terms.ts';

export type ConformIntegrityEvent = Steps<
  | 'say.syn_i_w_m_p'
  | 'say.syn_i_w_m_p.inStep'
  | 'say.syn_i_w_m'
  | 'say.syn_i_w_m_e.unknown'
  | 'say.syn_i_w_m_r'
  | 'say.syn_i_w_m_r.unknown'
  | 'say.cancel_task.unknown'
  | 'hear.ok'
  | 'hear.ok.granted'
  | 'hear.ok.refused'
  | 'hear.ok.inStep'
  | 'hear.err.3027'
  | 'hear.err.3116'
>;

/**
 * The permission of one worker, and its rounds until it shows its files, as that worker sees it while it tests its
 * master. Specification: Integrity thread, stages 1 and 2.
 */
export const conformIntegrityMachine = setUpConformance<ConformIntegrityEvent>().createMachine({
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
    askedInStep: { on: { 'hear.ok.inStep': 'idle' } },
    misdirected: { on: { 'hear.err.3027': 'idle' } },
    givenUpNothing: { on: { 'hear.ok': 'idle' } },
    begunWithout: {
      on: {
        'hear.err.3116': { guard: 'inMuster', target: 'idle' },
        'hear.ok': { guard: 'inWazuh4', target: 'running' },
      },
    },
    asked: {
      on: {
        'hear.ok.granted': 'granted',
        'hear.ok.refused': { guard: 'grantsOnceInACycle', target: 'idle' },
      },
    },
    granted: {
      on: {
        'say.syn_i_w_m': 'begun',
        'say.syn_i_w_m_p': { guard: 'inMuster', target: 'asked' },
        'say.syn_i_w_m_p.inStep': { guard: 'inMuster', target: 'askedInStep' },
      },
    },
    begun: { on: { 'hear.ok': 'running' } },
    running: {
      initial: 'listening',
      states: {
        listening: {
          on: {
            'say.syn_i_w_m_p': 'asked',
            'say.syn_i_w_m': 'begunTwice',
            'say.syn_i_w_m_e.unknown': 'misdirected',
            'say.syn_i_w_m_r.unknown': 'endedAnother',
            'say.cancel_task.unknown': 'endedAnother',
            'say.syn_i_w_m_r': '#conformIntegrity.givenUp',
          },
        },
        asked: { on: { 'hear.ok.refused': 'listening' } },
        begunTwice: {
          on: {
            'hear.err.3116': 'listening',
            'hear.ok': { guard: 'beginsBesides', target: 'listening' },
          },
        },
        misdirected: { on: { 'hear.err.3027': 'listening' } },
        endedAnother: { on: { 'hear.ok': 'listening' } },
      },
    },
    givenUp: {
      meta: { sections: { muster: 'When W fails', wazuh4: 'What is different' } },
      on: { 'hear.ok': 'free' },
    },
    // Every way out of a process leaves the permission free.
    free: { on: { 'say.syn_i_w_m_p': 'askedAgain' } },
    ...askedAgain('grantsOnceInACycle'),
  },
});
