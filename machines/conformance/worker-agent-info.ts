import { conformanceContext, type Steps, setUpConformance } from './terms.ts';

export type ConformWorkerAgentInfoEvent = Steps<
  | 'say.echo'
  | 'say.err.syn_a_w_m'
  | 'say.err.syn_a_w_m_p'
  | 'say.ok.syn_a_w_m'
  | 'say.ok.syn_a_w_m_p.granted'
  | 'say.ok.syn_a_w_m_p.refused'
  | 'say.syn_m_a_e.withErrors'
  | 'say.syn_m_a_err'
  | 'hear.ok'
  | 'hear.syn_a_w_m'
  | 'hear.syn_a_w_m_p'
>;

/**
 * The agent-info of a worker, as a master sees it that tests it. It takes nothing: what the worker counts as told would be
 * lost to its own master. Specification: Agent info thread, stages 1 to 3.
 */
export const conformWorkerAgentInfoMachine = setUpConformance<ConformWorkerAgentInfoEvent>().createMachine({
  id: 'conformWorkerAgentInfo',
  context: conformanceContext,
  meta: {
    of: 'worker',
    sections: { muster: 'Agent-info: from a worker W to its master M', wazuh4: 'What is different' },
  },
  initial: 'idle',
  states: {
    idle: { on: { 'hear.syn_a_w_m_p': 'asked' } },
    asked: {
      on: {
        'say.ok.syn_a_w_m_p.refused': 'refused',
        'say.err.syn_a_w_m_p': 'refused',
        'say.ok.syn_a_w_m_p.granted': 'granted',
      },
    },
    refused: { on: { 'hear.syn_a_w_m_p': 'asked' } },
    granted: {
      on: {
        'hear.syn_a_w_m': 'named',
        'hear.syn_a_w_m_p': { guard: 'asksWithoutNews', target: 'asked' },
      },
    },
    named: {
      on: {
        'say.ok.syn_a_w_m': 'stored',
        'say.err.syn_a_w_m': 'over',
        'say.syn_m_a_err': 'toldAtOnce',
        'say.syn_m_a_e.withErrors': 'toldAtOnce',
      },
    },
    // The result may overtake the reply.
    toldAtOnce: { on: { 'hear.ok': 'unanswered' } },
    unanswered: { on: { 'say.ok.syn_a_w_m': 'over' } },
    stored: {
      on: {
        'say.syn_m_a_err': 'telling',
        'say.syn_m_a_e.withErrors': 'telling',
        'say.echo': 'askedMeanwhile',
      },
    },
    askedMeanwhile: { on: { 'hear.ok': 'waiting' } },
    waiting: {
      on: {
        'say.syn_m_a_err': 'telling',
        'say.syn_m_a_e.withErrors': 'telling',
      },
    },
    telling: { on: { 'hear.ok': 'over' } },
    // What the master does not have comes again.
    over: { on: { 'hear.syn_a_w_m_p': 'asked' } },
  },
});
