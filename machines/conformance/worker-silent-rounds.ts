import { roundAfter } from './round.ts';
import { conformanceContext, OUTLASTED, type Steps, setUpConformance } from './terms.ts';

export type ConformWorkerSilentRoundsEvent = Steps<
  | 'do.sendSet.halfway'
  | 'say.ok.syn_i_w_m_p.granted'
  | 'say.ok.syn_i_w_m_p.late'
  | 'say.ok.syn_i_w_m'
  | 'say.ok.syn_i_w_m_e'
  | 'say.syn_m_c'
  | 'hear.ok'
  | 'hear.cancel_task'
  | 'hear.syn_i_w_m'
  | 'hear.syn_i_w_m_e'
  | 'hear.syn_i_w_m_p'
  | 'hear.syn_i_w_m_r'
>;

/** A worker tells its master that it has given a round up. */
const givesUp = {
  'hear.syn_i_w_m_r': 'over',
  'hear.syn_i_w_m_p': { guard: 'givesUpSilently', target: 'askedAgain' },
} as const;

/**
 * What a worker does when its master falls silent in a round, as a master sees it that tests it. Specification: Integrity
 * thread, stages 1 to 3.
 */
export const conformWorkerSilentRoundsMachine =
  setUpConformance<ConformWorkerSilentRoundsEvent>().createMachine({
    id: 'conformWorkerSilentRounds',
    context: conformanceContext,
    meta: { of: 'worker', isPatient: true, sections: { muster: 'A round', wazuh4: 'What is different' } },
    initial: 'idle',
    states: {
      idle: { on: { 'hear.syn_i_w_m_p': 'asked' } },
      asked: {
        tags: OUTLASTED,
        on: { 'say.ok.syn_i_w_m_p.granted': 'granted', 'hear.syn_i_w_m_p': 'askedAnew' },
      },
      // The worker waits for the answer to its second question, and for none to the first.
      askedAnew: { on: { 'say.ok.syn_i_w_m_p.late': 'answeredLate' } },
      answeredLate: { on: { 'say.ok.syn_i_w_m_p.granted': 'granted' } },
      granted: { on: { 'hear.syn_i_w_m': 'begun' } },
      begun: { tags: OUTLASTED, on: { 'say.ok.syn_i_w_m': 'showing', ...givesUp } },
      showing: { on: { 'hear.syn_i_w_m_e': 'shown' } },
      shown: { tags: OUTLASTED, on: { 'say.ok.syn_i_w_m_e': 'compared', ...givesUp } },
      compared: {
        tags: OUTLASTED,
        on: {
          'say.syn_m_c': 'announced',
          // In `wazuh4` a master packs before it says a word: how long a worker waits for that is its own.
          'hear.syn_i_w_m_r': { guard: 'inMuster', target: 'over' },
          'hear.syn_i_w_m_p': { guard: 'asksMeanwhile', target: 'askedAgain' },
        },
      },
      announced: { on: { 'hear.ok': 'awaiting' } },
      awaiting: {
        tags: OUTLASTED,
        on: {
          'do.sendSet.halfway': { guard: 'inMusterWhenActive', target: 'stalled' },
          'hear.cancel_task': 'failing',
        },
      },
      stalled: { tags: OUTLASTED, on: { 'hear.cancel_task': 'failing' } },
      ...roundAfter,
    },
  });
