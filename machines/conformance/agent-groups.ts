import { conformanceContext, type Steps, setUpConformance } from './terms.ts';

export type ConformAgentGroupsEvent = Steps<
  | 'say.syn_w_g_c'
  | 'say.syn_w_g_e'
  | 'say.syn_w_g_err'
  | 'say.syn_w_g_e.malformed'
  | 'say.ok.syn_g_m_w_c'
  | 'say.err.syn_g_m_w_c'
  | 'say.syn_wgc_e'
  | 'say.syn_wgc_e.differs'
  | 'say.syn_wgc_err'
  | 'hear.ok'
  | 'hear.err.1000.notJson'
  | 'hear.err.3027'
  | 'hear.err.3108'
  | 'hear.syn_g_m_w_c'
>;

/**
 * The agent-groups of one worker, as that worker sees it while it tests its master: it asks for all of them. What comes
 * by itself meanwhile it takes. Specification: Agent groups send thread, stages 1, 5 and 6.
 */
export const conformAgentGroupsMachine = setUpConformance<ConformAgentGroupsEvent>().createMachine({
  id: 'conformAgentGroups',
  context: conformanceContext,
  meta: {
    begins: 'session',
    sections: { muster: 'Agent-groups: from the master M to a worker W', wazuh4: 'What is different' },
  },
  initial: 'idle',
  states: {
    idle: {
      on: {
        'say.syn_w_g_c': 'asked',
        'say.syn_w_g_e': 'reportedUnasked',
        'say.syn_w_g_err': 'reportedUnasked',
        'say.syn_w_g_e.malformed': 'misspoken',
      },
    },
    reportedUnasked: {
      on: {
        'hear.err.3027': 'idle',
        'hear.ok': { guard: 'takesUnaskedReports', target: 'idle' },
      },
    },
    misspoken: {
      on: { 'hear.err.3108': 'idle', 'hear.err.1000.notJson': { guard: 'inWazuh4', target: 'idle' } },
    },
    asked: { on: { 'hear.ok': 'promised' } },
    promised: { on: { 'hear.syn_g_m_w_c': 'sent' } },
    sent: {
      on: {
        'say.ok.syn_g_m_w_c': 'taken',
        'say.err.syn_g_m_w_c': 'notTaken',
        // It is on its way already.
        'say.syn_w_g_c': { guard: 'inMuster', target: 'askedTwice' },
      },
    },
    askedTwice: { on: { 'hear.ok': 'sent' } },
    taken: {
      on: {
        'say.syn_wgc_e': 'told',
        'say.syn_wgc_e.differs': { guard: 'inMuster', target: 'toldThatItDiffers' },
        'say.syn_wgc_err': 'told',
      },
    },
    told: { on: { 'hear.ok': 'done' } },
    notTaken: {},
    // Who differs though it was sent everything may ask for that again.
    toldThatItDiffers: { on: { 'hear.ok': 'apart' } },
    apart: { on: { 'say.syn_w_g_c': 'askedApart' } },
    askedApart: { on: { 'hear.ok': 'promisedApart' } },
    promisedApart: { on: { 'hear.syn_g_m_w_c': 'sentApart' } },
    sentApart: { on: { 'say.ok.syn_g_m_w_c': 'takenApart', 'say.syn_w_g_c': 'askedTwiceApart' } },
    askedTwiceApart: { on: { 'hear.ok': 'sentApart' } },
    takenApart: { on: { 'say.syn_wgc_e': 'told', 'say.syn_wgc_err': 'told' } },
    // Whoever asks again is sent everything again.
    done: { on: { 'say.syn_w_g_c': 'asked' } },
  },
});
