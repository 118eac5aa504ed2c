import { conformanceContext, type Steps, setUpConformance } from './terms.ts';

export type ConformWorkerIntegrityEvent = Steps<
  | 'say.err.syn_i_w_m_p'
  | 'say.ok.syn_i_w_m_p.granted'
  | 'say.ok.syn_i_w_m_p.inStep'
  | 'say.ok.syn_i_w_m_p.refused'
  | 'say.syn_i_m_w'
  | 'say.syn_m_c_e.unknown'
  | 'hear.err.3027'
  | 'hear.ok'
  | 'hear.syn_i_w_m'
  | 'hear.syn_i_w_m_p'
>;

/**
 * How a worker asks for permission, as a master sees it that tests it: by itself, now and then, and when it is called.
 * Specification: Integrity thread, stage 1.
 */
export const conformWorkerIntegrityMachine = setUpConformance<ConformWorkerIntegrityEvent>().createMachine({
  id: 'conformWorkerIntegrity',
  context: conformanceContext,
  meta: { of: 'worker', sections: { muster: 'A round', wazuh4: 'What is different' } },
  initial: 'idle',
  states: {
    idle: {
      on: {
        'hear.syn_i_w_m_p': 'asked',
        'say.syn_i_m_w': { guard: 'inMuster', target: 'called' },
        'say.syn_m_c_e.unknown': 'misdirected',
      },
    },
    misdirected: { on: { 'hear.err.3027': 'idle' } },
    // The round may begin before the call is acknowledged, and one may be under way.
    called: { on: { 'hear.ok': 'coming', 'hear.syn_i_w_m_p': 'askedAtOnce' } },
    coming: { on: { 'hear.syn_i_w_m_p': 'asked' } },
    askedAtOnce: { on: { 'hear.ok': 'asked' } },
    asked: {
      on: {
        'say.ok.syn_i_w_m_p.granted': 'granted',
        'say.ok.syn_i_w_m_p.inStep': { guard: 'inMuster', target: 'inStep' },
        'say.ok.syn_i_w_m_p.refused': 'refused',
        'say.err.syn_i_w_m_p': 'refused',
      },
    },
    granted: { on: { 'hear.syn_i_w_m': 'begun' } },
    begun: {},
    inStep: {
      on: {
        'hear.syn_i_w_m_p': 'asked',
        'say.syn_i_m_w': 'called',
      },
    },
    refused: { on: { 'hear.syn_i_w_m_p': 'asked' } },
  },
});
