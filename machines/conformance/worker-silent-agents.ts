import { conformanceContext, OUTLASTED, type Steps, setUpConformance } from './terms.ts';

export type ConformWorkerSilentAgentsEvent = Steps<
  'say.ok.syn_a_w_m' | 'say.ok.syn_a_w_m_p.granted' | 'hear.syn_a_w_m' | 'hear.syn_a_w_m_p'
>;

/**
 * What a worker does when its master says nothing to its agent-info, as a master sees it that tests it. It is not told that
 * anything was stored. Specification: Agent info thread, stages 1 to 3.
 */
export const conformWorkerSilentAgentsMachine =
  setUpConformance<ConformWorkerSilentAgentsEvent>().createMachine({
    id: 'conformWorkerSilentAgents',
    context: conformanceContext,
    meta: {
      of: 'worker',
      isPatient: true,
      sections: { muster: 'Agent-info: from a worker W to its master M', wazuh4: 'What is different' },
    },
    initial: 'idle',
    states: {
      idle: { on: { 'hear.syn_a_w_m_p': 'asked' } },
      asked: {
        tags: OUTLASTED,
        on: { 'say.ok.syn_a_w_m_p.granted': 'granted', 'hear.syn_a_w_m_p': 'askedAnew' },
      },
      askedAnew: { on: { 'say.ok.syn_a_w_m_p.granted': 'granted' } },
      granted: {
        on: {
          'hear.syn_a_w_m': 'named',
          'hear.syn_a_w_m_p': { guard: 'asksWithoutNews', target: 'askedAnew' },
        },
      },
      // What the master does not have comes again.
      named: { tags: OUTLASTED, on: { 'say.ok.syn_a_w_m': 'begun', 'hear.syn_a_w_m_p': 'over' } },
      begun: { tags: OUTLASTED, on: { 'hear.syn_a_w_m_p': 'over' } },
      over: {},
    },
  });
