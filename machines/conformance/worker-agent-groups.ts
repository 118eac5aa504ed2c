import { conformanceContext, type Steps, setUpConformance } from './terms.ts';

export type ConformWorkerAgentGroupsEvent = Steps<
  | 'do.differ'
  | 'do.sendString.noGroups'
  | 'do.sendString.noJson'
  | 'do.sendString.otherHash'
  | 'say.ok.syn_w_g_c'
  | 'say.syn_g_m_w'
  | 'say.syn_g_m_w.unknown'
  | 'say.syn_g_m_w_c'
  | 'say.syn_g_m_w_c.unknown'
  | 'hear.ok'
  | 'hear.syn_w_g_c'
  | 'hear.syn_w_g_e'
  | 'hear.syn_w_g_e.differs'
  | 'hear.syn_w_g_err'
  | 'hear.syn_wgc_e'
  | 'hear.syn_wgc_err'
>;

/**
 * The agent-groups of a worker, as a master sees it that tests it. It is sent groups of no agents, and checksums that are
 * not its own. Specification: Agent groups send thread, stages 2 to 6.
 */
export const conformWorkerAgentGroupsMachine =
  setUpConformance<ConformWorkerAgentGroupsEvent>().createMachine({
    id: 'conformWorkerAgentGroups',
    context: conformanceContext,
    meta: {
      of: 'worker',
      sections: { muster: 'Agent-groups: from the master M to a worker W', wazuh4: 'What is different' },
    },
    initial: 'idle',
    states: {
      idle: {
        on: {
          'say.syn_g_m_w.unknown': 'failing',
          'say.syn_g_m_w_c.unknown': 'failingToOverwrite',
          'do.sendString.noJson': { guard: 'whenActive', target: 'holdingNoJson' },
          'do.sendString.noGroups': { guard: 'whenActive', target: 'holding' },
          'do.sendString.otherHash': { guard: 'whenActive', target: 'holdingOtherHash' },
          'do.differ': { guard: 'whenActive', target: 'differing' },
        },
      },
      holdingNoJson: { on: { 'say.syn_g_m_w': 'failing', 'say.syn_g_m_w_c': 'failingToOverwrite' } },
      // The result may overtake the reply.
      failing: { on: { 'hear.ok': 'begunToFail', 'hear.syn_w_g_err': 'reported' } },
      begunToFail: { on: { 'hear.syn_w_g_err': 'idle' } },
      failingToOverwrite: { on: { 'hear.ok': 'begunToFailToOverwrite', 'hear.syn_wgc_err': 'reported' } },
      begunToFailToOverwrite: { on: { 'hear.syn_wgc_err': 'idle' } },
      reported: { on: { 'hear.ok': 'idle' } },

      holding: { on: { 'say.syn_g_m_w': 'storing' } },
      storing: { on: { 'hear.ok': 'begun', 'hear.syn_w_g_e': 'reported' } },
      begun: { on: { 'hear.syn_w_g_e': 'idle' } },
      holdingOtherHash: { on: { 'say.syn_g_m_w': 'comparing' } },
      comparing: { on: { 'hear.ok': 'begunToCompare', 'hear.syn_w_g_e.differs': 'reported' } },
      begunToCompare: { on: { 'hear.syn_w_g_e.differs': 'idle' } },

      // After too many checksums in a row that differed it wants everything.
      differing: { on: { 'hear.syn_w_g_c': 'askedForAll' } },
      askedForAll: { on: { 'say.ok.syn_w_g_c': 'promised' } },
      promised: { on: { 'do.sendString.noGroups': 'holdingAll' } },
      holdingAll: { on: { 'say.syn_g_m_w_c': 'overwriting' } },
      overwriting: { on: { 'hear.ok': 'begunToOverwrite', 'hear.syn_wgc_e': 'reported' } },
      begunToOverwrite: { on: { 'hear.syn_wgc_e': 'idle' } },
    },
  });
