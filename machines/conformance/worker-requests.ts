import { type DapiEvent, saidOfDapi, statesOfDapi } from './dapi.ts';
import { conformanceContext, MAY_END, type Steps, setUpConformance } from './terms.ts';

export type ConformWorkerRequestsEvent =
  | DapiEvent
  | Steps<
      | 'say.cancel_task.request'
      | 'say.dapi.toCancel'
      | 'say.dapi_err.unasked'
      | 'say.dapi_res.unasked'
      | 'say.sendsyn_err.unasked'
      | 'say.sendsyn_res.unasked'
      | 'hear.err.1000.unknownClient'
      | 'hear.err.3032'
    >;

/**
 * Requests of the distributed API at a worker, and answers that it has not asked for, as a master sees it that tests it.
 * What it asks changes nothing. Specification: Protocols, Distributed API and Sendsync.
 */
export const conformWorkerRequestsMachine = setUpConformance<ConformWorkerRequestsEvent>().createMachine({
  id: 'conformWorkerRequests',
  context: conformanceContext,
  meta: { of: 'worker', sections: { muster: 'Commands', wazuh4: 'Functions' } },
  initial: 'idle',
  states: {
    idle: {
      on: {
        ...saidOfDapi,
        'say.dapi.toCancel': { guard: 'inMuster', target: 'askedToCancel' },
        'say.dapi_res.unasked': 'answeredNobody',
        'say.sendsyn_res.unasked': 'answeredNobody',
        'say.dapi_err.unasked': 'failedNobody',
        'say.sendsyn_err.unasked': 'failedNoMessage',
        'say.cancel_task.request': { guard: 'inMuster', target: 'cancelledNothing' },
      },
    },
    ...statesOfDapi,
    askedToCancel: { on: { 'hear.ok': 'queuedToCancel' } },
    queuedToCancel: { on: { 'say.cancel_task.request': 'cancelled' } },
    // It may have been answered before.
    cancelled: { on: { 'hear.ok': 'idle', 'hear.dapi_res': 'cancelledLate' } },
    cancelledLate: { on: { 'hear.ok': 'idle' } },
    cancelledNothing: { on: { 'hear.ok': 'idle' } },
    answeredNobody: {
      on: {
        'hear.err.3032': 'idle',
        'hear.ok': { guard: 'thanksForAnyAnswer', target: 'thanked' },
      },
    },
    // An original says then that it failed, and not what: nobody can read that.
    thanked: { tags: MAY_END },
    failedNobody: { on: { 'hear.err.3032': 'idle' } },
    failedNoMessage: {
      on: {
        'hear.err.3032': 'idle',
        'hear.err.1000.unknownClient': { guard: 'inWazuh4', target: 'idle' },
      },
    },
  },
});
