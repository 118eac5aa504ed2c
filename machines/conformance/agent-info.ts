import { askedAgain } from './asked-again.ts';
import { conformanceContext, type Steps, setUpConformance } from './terms.ts';

export type ConformAgentInfoEvent = Steps<
  | 'do.sendString.noJson'
  | 'do.sendString.noAgents'
  | 'say.syn_a_w_m_p'
  | 'say.syn_a_w_m.unknown'
  | 'say.syn_a_w_m'
  | 'hear.ok'
  | 'hear.ok.granted'
  | 'hear.ok.refused'
  | 'hear.err.3116'
  | 'hear.syn_m_a_e'
  | 'hear.syn_m_a_err'
>;

/**
 * The agent-info of one worker, as that worker sees it while it tests its master. It has no agents. The result may
 * overtake the reply. Specification: Agent info thread, stages 1 and 4.
 */
export const conformAgentInfoMachine = setUpConformance<ConformAgentInfoEvent>().createMachine({
  id: 'conformAgentInfo',
  context: conformanceContext,
  meta: {
    begins: 'session',
    sections: { muster: 'Agent-info: from a worker W to its master M', wazuh4: 'What is different' },
  },
  initial: 'idle',
  states: {
    idle: {
      on: {
        'say.syn_a_w_m_p': 'asked',
        'say.syn_a_w_m.unknown': { guard: 'inMuster', target: 'begunWithout' },
      },
    },
    begunWithout: { on: { 'hear.err.3116': 'idle' } },
    asked: { on: { 'hear.ok.granted': 'granted' } },
    granted: {
      on: {
        'say.syn_a_w_m_p': 'asked',
        'say.syn_a_w_m.unknown': 'failing',
        'do.sendString.noJson': { guard: 'whenActive', target: 'holdingNoJson' },
        'do.sendString.noAgents': { guard: 'whenActive', target: 'holdingNoAgents' },
      },
    },
    holdingNoJson: { on: { 'say.syn_a_w_m': 'failing' } },
    holdingNoAgents: { on: { 'say.syn_a_w_m': 'storing' } },
    failing: { on: { 'hear.ok': 'begunToFail', 'hear.syn_m_a_err': 'failedAtOnce' } },
    begunToFail: { on: { 'hear.syn_m_a_err': 'failed' } },
    failedAtOnce: { on: { 'hear.ok': 'failed' } },
    storing: { on: { 'hear.ok': 'begunToStore', 'hear.syn_m_a_e': 'storedAtOnce' } },
    begunToStore: { on: { 'hear.syn_m_a_e': 'stored' } },
    storedAtOnce: { on: { 'hear.ok': 'stored' } },
    // Either way the permission is free again.
    failed: { on: { 'say.syn_a_w_m_p': 'askedAgain' } },
    stored: { on: { 'say.syn_a_w_m_p': 'askedAgain' } },
    ...askedAgain('freesAMomentLater'),
  },
});
