import { type RoundEvent, roundAfter, roundBefore } from './round.ts';
import { conformanceContext, type Steps, setUpConformance } from './terms.ts';

export type ConformWorkerSetsEvent =
  | RoundEvent
  | Steps<
      | 'do.sendSet.damaged'
      | 'do.sendSet.incomplete'
      | 'do.sendSet.ofNothing'
      | 'do.sendSet.unsafe'
      | 'do.sendSet.withFile'
      | 'do.sendSet.withoutFile'
      | 'say.syn_m_c'
      | 'say.syn_m_c.toAdd'
      | 'say.syn_m_c.toRemove'
      | 'say.syn_m_c_e'
      | 'hear.cancel_task'
      | 'hear.err'
      | 'hear.err.3112'
      | 'hear.err.3114'
      | 'hear.ok'
      | 'hear.syn_i_w_m_e'
      | 'hear.syn_i_w_m_e.withFile'
      | 'hear.syn_i_w_m_r'
    >;

/**
 * What a worker makes of a set, as a master sees it that tests it. The set brings nothing, or one file, which the next
 * round takes away again, or something that no worker may put in place. Specification: Integrity synchronization process.
 */
export const conformWorkerSetsMachine = setUpConformance<ConformWorkerSetsEvent>().createMachine({
  id: 'conformWorkerSets',
  context: conformanceContext,
  meta: { of: 'worker', isActive: true, sections: { muster: 'A round', wazuh4: 'What is different' } },
  initial: 'round',
  states: {
    round: roundBefore('hear.syn_i_w_m_e', '#conformWorkerSets.compared'),
    compared: { on: { 'say.syn_m_c': 'announcedNothing', 'say.syn_m_c.toAdd': 'announced' } },

    announcedNothing: { on: { 'hear.ok': 'awaitingNothing' } },
    awaitingNothing: { on: { 'do.sendSet.ofNothing': 'sentNothing' } },
    sentNothing: { on: { 'say.syn_m_c_e': 'ending' } },
    ending: { on: { 'hear.ok': 'over' } },

    announced: { on: { 'hear.ok': 'awaiting' } },
    awaiting: {
      on: {
        'do.sendSet.withFile': 'sent',
        'do.sendSet.damaged': 'refusing.damaged',
        // An original writes it.
        'do.sendSet.unsafe': { guard: 'inMuster', target: 'refusing.unsafe' },
        'do.sendSet.incomplete': { guard: 'inMuster', target: 'refusing.incomplete' },
      },
    },
    refusing: {
      initial: 'damaged',
      states: {
        damaged: {
          on: {
            'hear.cancel_task': { guard: 'inMuster', target: '#conformWorkerSets.failing' },
            'say.syn_m_c_e': { guard: 'inWazuh4', target: 'endedDamaged' },
          },
        },
        endedDamaged: { on: { 'hear.ok': '#conformWorkerSets.failing' } },
        unsafe: { on: { 'say.syn_m_c_e': 'endedUnsafe' } },
        endedUnsafe: {
          meta: { sections: { muster: 'What the worker must not believe', wazuh4: 'Paths and packages' } },
          on: { 'hear.err.3114': '#conformWorkerSets.failing', 'hear.cancel_task': 'cancelled' },
        },
        // What was cancelled has no end any more.
        cancelled: { on: { 'hear.err': '#conformWorkerSets.failing' } },
        incomplete: { on: { 'say.syn_m_c_e': 'endedIncomplete' } },
        endedIncomplete: { on: { 'hear.err.3112': '#conformWorkerSets.failing' } },
      },
    },

    sent: { on: { 'say.syn_m_c_e': 'applying' } },
    applying: { on: { 'hear.ok': 'roundWithFile' } },
    roundWithFile: roundBefore('hear.syn_i_w_m_e.withFile', '#conformWorkerSets.comparedWithFile'),
    comparedWithFile: { on: { 'say.syn_m_c.toRemove': 'announcedRemoval' } },
    announcedRemoval: { on: { 'hear.ok': 'awaitingRemoval' } },
    awaitingRemoval: { on: { 'do.sendSet.withoutFile': 'sentRemoval' } },
    sentRemoval: { on: { 'say.syn_m_c_e': 'ending' } },

    ...roundAfter,
  },
});
