import { type AtAnyTimeEvent, saidAtAnyTime, statesAtAnyTime } from './at-any-time.ts';
import { conformanceContext, type Steps, setUpConformance } from './terms.ts';

export type ConformSessionEvent =
  | AtAnyTimeEvent
  | Steps<'say.echo-c' | 'say.get_nodes' | 'say.get_health' | 'say.syn_m_c_ok'>;

/**
 * What a master answers at any time, and what it does with requests that are none, as a worker sees it that tests it.
 * Specification: Protocols, Protocol definition and Common messages; Keep alive thread.
 */
export const conformSessionMachine = setUpConformance<ConformSessionEvent>().createMachine({
  id: 'conformSession',
  context: conformanceContext,
  meta: {
    begins: 'session',
    sections: { muster: 'Requests and replies', wazuh4: 'Replies and errors' },
  },
  initial: 'admitted',
  states: {
    admitted: {
      on: {
        ...saidAtAnyTime,
        'say.echo-c': 'asked.whetherAlive',
        'say.get_nodes': 'asked.plainly',
        'say.get_health': 'asked.plainly',
        // Only workers take it.
        'say.syn_m_c_ok': 'unknown',
      },
    },
    ...statesAtAnyTime,
  },
});
