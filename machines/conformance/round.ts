import type { Steps } from './terms.ts';

/** A round of a worker up to the comparison, with a master that lets it have its way. */
export type RoundEvent = Steps<
  | 'hear.syn_i_w_m_p'
  | 'say.ok.syn_i_w_m_p.granted'
  | 'hear.syn_i_w_m'
  | 'say.ok.syn_i_w_m'
  | 'say.ok.syn_i_w_m_e'
>;

/**
 * The same as a state. `list`: how the list of its files has to be when it shows that; `then`: the state that follows, by
 * its id, when that was taken.
 */
export const roundBefore = <List extends string, Then extends `#${string}`>(list: List, then: Then) => ({
  initial: 'awaited' as const,
  states: {
    awaited: { on: { 'hear.syn_i_w_m_p': 'asked' } },
    asked: { on: { 'say.ok.syn_i_w_m_p.granted': 'granted' } },
    granted: { on: { 'hear.syn_i_w_m': 'begun' } },
    begun: { on: { 'say.ok.syn_i_w_m': 'showing' } },
    showing: {
      meta: { sections: { muster: 'Metadata', wazuh4: 'Paths and packages' } },
      on: { [list]: 'shown' } as Record<List, 'shown'>,
    },
    shown: { on: { 'say.ok.syn_i_w_m_e': then } },
  } as const,
});

/** States behind a round: `failing`, when the worker could not put it to use, and `over`, whatever came of it. */
export const roundAfter = {
  failing: {
    meta: { sections: { muster: 'When W fails', wazuh4: 'What is different' } },
    on: {
      'hear.syn_i_w_m_r': 'over',
      'hear.syn_i_w_m_p': { guard: 'givesUpSilently', target: 'askedAgain' },
    },
  },
  // Whatever came of a round, there is another.
  over: { on: { 'hear.syn_i_w_m_p': 'askedAgain' } },
  askedAgain: {},
} as const;
