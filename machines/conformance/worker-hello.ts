import { setup } from 'xstate';
import {
  type ConformanceInput,
  type ConformanceMeta,
  conformanceContext,
  MAY_END,
  type Steps,
  spokenGuards,
} from './terms.ts';

export type ConformWorkerHelloEvent = Steps<
  | 'do.await'
  | 'do.drop'
  | 'say.ok.hello'
  | 'say.ok.hello.malformed'
  | 'say.err.hello.nameTaken'
  | 'say.err.hello.nameOfMaster'
  | 'say.err.hello.otherCluster'
  | 'say.err.hello.otherVersion'
  | 'say.bye'
  | 'say.unreadable'
  | 'hear.hello'
  | 'hear.closed'
>;

/**
 * How a worker introduces itself, as a master sees it that tests it. It connects by itself; whatever becomes of a
 * connection, it comes again. Specification: Protocols, Wazuh cluster protocol, hello.
 */
export const conformWorkerHelloMachine = setup({
  types: {
    context: {} as ConformanceInput,
    input: {} as ConformanceInput,
    events: {} as ConformWorkerHelloEvent,
    meta: {} as ConformanceMeta,
  },
  guards: spokenGuards,
}).createMachine({
  id: 'conformWorkerHello',
  context: conformanceContext,
  meta: { begins: 'away', of: 'worker', sections: { muster: 'hello', wazuh4: 'What is different' } },
  initial: 'away',
  states: {
    away: { on: { 'do.await': 'connected' } },
    connected: { tags: MAY_END, on: { 'hear.hello': 'greeted' } },
    greeted: {
      tags: MAY_END,
      on: {
        'say.ok.hello': 'admitted',
        // An original does not look at what an answer says.
        'say.ok.hello.malformed': { guard: 'inMuster', target: 'rejected' },
        'say.err.hello.nameTaken': 'rejected',
        'say.err.hello.nameOfMaster': 'rejected',
        'say.err.hello.otherCluster': 'rejected',
        'say.err.hello.otherVersion': 'rejected',
        'say.unreadable': 'rejected',
        'do.drop': 'connected',
      },
    },
    // Whoever is not taken goes, and tries again.
    rejected: { on: { 'hear.closed': 'left' } },
    left: { tags: MAY_END, on: { 'do.await': 'connected' } },
    admitted: {
      on: {
        'do.drop': 'connected',
        'say.bye': { guard: 'inMuster', target: 'dismissed' },
      },
    },
    dismissed: { tags: MAY_END, on: { 'do.drop': 'connected' } },
  },
});
