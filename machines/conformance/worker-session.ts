import { type AtAnyTimeEvent, saidAtAnyTime, statesAtAnyTime } from './at-any-time.ts';
import { conformanceContext, type Steps, setUpConformance } from './terms.ts';

export type ConformWorkerSessionEvent =
  | AtAnyTimeEvent
  | Steps<'say.cancel_task.unknown' | 'say.echo-m' | 'say.get_files' | 'say.syn_i_w_m'>;

/**
 * What a worker answers at any time, and what it does with requests that are none, as a master sees it that tests it.
 * Specification: Protocols, Protocol definition and Common messages.
 */
export const conformWorkerSessionMachine = setUpConformance<ConformWorkerSessionEvent>().createMachine({
  id: 'conformWorkerSession',
  context: conformanceContext,
  meta: { of: 'worker', sections: { muster: 'Requests and replies', wazuh4: 'Replies and errors' } },
  initial: 'admitted',
  states: {
    admitted: {
      on: {
        ...saidAtAnyTime,
        'say.echo-m': 'asked.whetherAlive',
        'say.cancel_task.unknown': 'asked.plainly',
        'say.get_files': { guard: 'inMuster', target: 'asked.plainly' },
        // Only masters take it.
        'say.syn_i_w_m': 'unknown',
      },
    },
    ...statesAtAnyTime,
  },
});
