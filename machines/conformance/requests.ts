import { type DapiEvent, saidOfDapi, statesOfDapi } from './dapi.ts';
import { conformanceContext, type Steps, setUpConformance } from './terms.ts';

export type ConformRequestsEvent =
  | DapiEvent
  | Steps<
      | 'say.dapi_res.unasked'
      | 'say.dapi_err.unasked'
      | 'say.sendsync.otherService'
      | 'say.sendsyn_err.unasked'
      | 'say.cancel_task.request'
      | 'say.dapi_clus'
      | 'say.get_files'
      | 'hear.err.1013'
      | 'hear.err.3032'
    >;

/**
 * Requests of the distributed API and messages for services, as a worker sees them that tests its master. What it asks
 * changes nothing. Specification: Protocols, Distributed API and Sendsync.
 */
export const conformRequestsMachine = setUpConformance<ConformRequestsEvent>().createMachine({
  id: 'conformRequests',
  context: conformanceContext,
  meta: { begins: 'session', sections: { muster: 'Commands', wazuh4: 'Functions' } },
  initial: 'idle',
  states: {
    idle: {
      on: {
        ...saidOfDapi,
        'say.dapi_res.unasked': 'answeredNobody',
        'say.dapi_err.unasked': { guard: 'inMuster', target: 'answeredNobody' },
        'say.sendsync.otherService': { guard: 'inMuster', target: 'misdirected' },
        'say.sendsyn_err.unasked': { guard: 'inMuster', target: 'answeredNobody' },
        'say.cancel_task.request': { guard: 'inMuster', target: 'acknowledging' },
        'say.dapi_clus': { guard: 'inMuster', target: 'acknowledging' },
        'say.get_files': { guard: 'inMuster', target: 'acknowledging' },
      },
    },
    ...statesOfDapi,
    answeredNobody: { on: { 'hear.err.3032': 'idle' } },
    misdirected: { on: { 'hear.err.1013': 'idle' } },
    acknowledging: { on: { 'hear.ok': 'idle' } },
  },
});
