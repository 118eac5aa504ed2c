import { setup } from 'xstate';
import {
  type ConformanceInput,
  type ConformanceMeta,
  conformanceContext,
  type Steps,
  spokenGuards,
} from './terms.ts';

export type ConformWorkerIntegrityEvent = Steps<
  | 'do.sendSet.damaged'
  | 'do.sendSet.incomplete'
  | 'do.sendSet.ofNothing'
  | 'do.sendSet.unsafe'
  | 'do.sendSet.withFile'
  | 'do.sendSet.withoutFile'
  | 'say.echo'
  | 'say.err.new_file'
  | 'say.err.syn_i_w_m'
  | 'say.err.syn_i_w_m_e'
  | 'say.err.syn_i_w_m_p'
  | 'say.ok.syn_i_w_m'
  | 'say.ok.syn_i_w_m.toRefuse'
  | 'say.ok.syn_i_w_m_e'
  | 'say.ok.syn_i_w_m_p.granted'
  | 'say.ok.syn_i_w_m_p.inStep'
  | 'say.ok.syn_i_w_m_p.refused'
  | 'say.syn_i_m_w'
  | 'say.syn_m_c'
  | 'say.syn_m_c.toAdd'
  | 'say.syn_m_c.toRemove'
  | 'say.syn_m_c_e'
  | 'say.syn_m_c_e.failed'
  | 'say.syn_m_c_e.unannounced'
  | 'say.syn_m_c_e.unknown'
  | 'say.syn_m_c_ok'
  | 'hear.cancel_task'
  | 'hear.err'
  | 'hear.err.3027'
  | 'hear.err.3112'
  | 'hear.err.3114'
  | 'hear.new_file'
  | 'hear.ok'
  | 'hear.syn_i_w_m'
  | 'hear.syn_i_w_m_e'
  | 'hear.syn_i_w_m_e.withFile'
  | 'hear.syn_i_w_m_p'
  | 'hear.syn_i_w_m_r'
>;

/**
 * The integrity of a worker, as a master sees it that tests it. What it is sent changes nothing, or is one file, which
 * the next round takes away again. Specification: Integrity thread; Integrity synchronization process.
 */
export const conformWorkerIntegrityMachine = setup({
  types: {
    context: {} as ConformanceInput,
    input: {} as ConformanceInput,
    events: {} as ConformWorkerIntegrityEvent,
    meta: {} as ConformanceMeta,
  },
  guards: spokenGuards,
}).createMachine({
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
    misdirected: {
      on: {
        'hear.err.3027': 'idle',
        'hear.ok': { guard: 'thanksForAnyEnd', target: 'idle' },
      },
    },
    // The round may begin before the call is acknowledged, and one may be under way.
    called: { on: { 'hear.ok': 'coming', 'hear.syn_i_w_m_p': 'askedAtOnce' } },
    coming: { on: { 'hear.syn_i_w_m_p': 'asked' } },
    askedAtOnce: { on: { 'hear.ok': 'asked' } },
    asked: {
      on: {
        'say.ok.syn_i_w_m_p.granted': 'granted',
        'say.ok.syn_i_w_m_p.refused': 'refused',
        'say.ok.syn_i_w_m_p.inStep': { guard: 'inMuster', target: 'inStep' },
        'say.err.syn_i_w_m_p': 'refused',
      },
    },
    refused: { on: { 'hear.syn_i_w_m_p': 'asked' } },
    inStep: {
      on: {
        'hear.syn_i_w_m_p': 'asked',
        'say.syn_i_m_w': 'called',
      },
    },
    granted: { on: { 'hear.syn_i_w_m': 'begun' } },
    begun: {
      on: {
        'say.ok.syn_i_w_m': 'showing',
        'say.ok.syn_i_w_m.toRefuse': { guard: 'inMuster', target: 'toRefuse' },
        'say.err.syn_i_w_m': 'failing',
        // An original goes on.
        'say.syn_m_c_e.unannounced': { guard: 'inMuster', target: 'givenUpUnanswered' },
      },
    },
    givenUpUnanswered: { on: { 'hear.ok': 'unbegun' } },
    unbegun: { on: { 'say.ok.syn_i_w_m': 'over' } },
    toRefuse: { on: { 'hear.new_file': 'offered' } },
    offered: { on: { 'say.err.new_file': 'failing', 'say.syn_m_c_e.unannounced': 'ending' } },
    failing: {
      meta: { sections: { muster: 'When W fails', wazuh4: 'What is different' } },
      on: {
        'hear.syn_i_w_m_r': 'over',
        'hear.syn_i_w_m_p': { guard: 'givesUpSilently', target: 'asked' },
      },
    },
    showing: {
      meta: { sections: { muster: 'Metadata', wazuh4: 'Paths and packages' } },
      on: {
        'hear.syn_i_w_m_e': 'shown',
        // An original goes on.
        'say.syn_m_c_e.unannounced': { guard: 'inMuster', target: 'ending' },
      },
    },
    shown: {
      on: {
        'say.ok.syn_i_w_m_e': 'compared',
        // An original takes no notice.
        'say.err.syn_i_w_m_e': { guard: 'inMuster', target: 'failing' },
        'say.syn_m_c_ok': 'decidedEarly',
        'say.syn_m_c_e.unannounced': 'decidedEarly',
        'say.syn_m_c': 'announcedEarly',
      },
    },
    // The verdict may overtake the reply.
    decidedEarly: { on: { 'hear.ok': 'unanswered' } },
    unanswered: { on: { 'say.ok.syn_i_w_m_e': 'over' } },
    announcedEarly: { on: { 'hear.ok': 'awaitingUnanswered' } },
    awaitingUnanswered: { on: { 'say.ok.syn_i_w_m_e': 'awaiting' } },
    compared: {
      on: {
        'say.syn_m_c_ok': 'ending',
        'say.syn_m_c_e.unannounced': 'ending',
        'say.syn_m_c': 'announced',
        'say.syn_m_c.toAdd': { guard: 'whenActive', target: 'announcedFile' },
        'say.echo': 'askedMeanwhile',
      },
    },
    // A verdict that comes later, when the worker does nothing but wait for it.
    askedMeanwhile: { on: { 'hear.ok': 'waiting' } },
    waiting: {
      on: {
        'say.syn_m_c_ok': 'ending',
        'say.syn_m_c_e.unannounced': 'ending',
        'say.syn_m_c': 'announced',
      },
    },
    ending: { on: { 'hear.ok': 'over' } },
    announced: { on: { 'hear.ok': 'awaiting' } },
    awaiting: {
      on: {
        'say.syn_m_c_e.failed': 'ending',
        'do.sendSet.ofNothing': { guard: 'whenActive', target: 'sent' },
      },
    },
    sent: { on: { 'say.syn_m_c_e': 'ending' } },

    announcedFile: { on: { 'hear.ok': 'awaitingFile' } },
    awaitingFile: {
      on: {
        'do.sendSet.withFile': 'sentFile',
        'do.sendSet.damaged': 'sentDamaged',
        // An original writes it.
        'do.sendSet.unsafe': { guard: 'inMuster', target: 'sentUnsafe' },
        'do.sendSet.incomplete': { guard: 'inMuster', target: 'sentIncomplete' },
      },
    },
    sentDamaged: {
      on: {
        'hear.cancel_task': { guard: 'inMuster', target: 'failing' },
        'say.syn_m_c_e': { guard: 'inWazuh4', target: 'endedDamaged' },
      },
    },
    endedDamaged: { on: { 'hear.ok': 'failing' } },
    sentUnsafe: { on: { 'say.syn_m_c_e': 'endedUnsafe' } },
    endedUnsafe: {
      meta: { sections: { muster: 'What the worker must not believe', wazuh4: 'Paths and packages' } },
      on: { 'hear.err.3114': 'failing', 'hear.cancel_task': 'cancelled' },
    },
    // What was cancelled has no end any more.
    cancelled: { on: { 'hear.err': 'failing' } },
    sentIncomplete: { on: { 'say.syn_m_c_e': 'endedIncomplete' } },
    endedIncomplete: { on: { 'hear.err.3112': 'failing' } },

    sentFile: { on: { 'say.syn_m_c_e': 'applying' } },
    applying: { on: { 'hear.ok': 'applied' } },
    applied: { on: { 'hear.syn_i_w_m_p': 'askedWithFile' } },
    askedWithFile: { on: { 'say.ok.syn_i_w_m_p.granted': 'grantedWithFile' } },
    grantedWithFile: { on: { 'hear.syn_i_w_m': 'begunWithFile' } },
    begunWithFile: { on: { 'say.ok.syn_i_w_m': 'showingFile' } },
    showingFile: { on: { 'hear.syn_i_w_m_e.withFile': 'shownFile' } },
    shownFile: { on: { 'say.ok.syn_i_w_m_e': 'comparedFile' } },
    comparedFile: { on: { 'say.syn_m_c.toRemove': 'announcedRemoval' } },
    announcedRemoval: { on: { 'hear.ok': 'awaitingRemoval' } },
    awaitingRemoval: { on: { 'do.sendSet.withoutFile': 'sentRemoval' } },
    sentRemoval: { on: { 'say.syn_m_c_e': 'removing' } },
    removing: { on: { 'hear.ok': 'over' } },
    // Whatever came of a round, there is another.
    over: { on: { 'hear.syn_i_w_m_p': 'asked' } },
  },
});
